/**
 * The operators' port over real HTTP.
 */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { startOpsServer } from "../../../src/telemetry/ops-server.ts";

async function start() {
  const state = { ready: false, parts: { nats: false } };
  const server = await startOpsServer({
    host: "127.0.0.1",
    port: 0,
    metrics: createMetrics(() => 7),
    readiness: () => state,
  });
  const ask = (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { state, ask, port: server.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("an outage makes it unready and leaves it alive", async () => {
  await using ops = await start();
  assert.equal((await ops.ask("/healthz")).status, 200);
  const unready = await ops.ask("/readyz");
  assert.equal(unready.status, 503);
  assert.deepEqual(await unready.json(), { ready: false, parts: { nats: false } });

  Object.assign(ops.state, { ready: true, parts: { nats: true } });
  const ready = await ops.ask("/readyz");
  assert.equal(ready.status, 200);
  assert.deepEqual(await ready.json(), { ready: true, parts: { nats: true } });
});

test("metrics are served in the text format, with what is in flight at that moment", async () => {
  await using ops = await start();
  const response = await ops.ask("/metrics");
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  assert.match(await response.text(), /^drawbridge_logins_in_flight 7$/m);
});

test("nothing can be sent to it, and there is nothing else on it", async () => {
  await using ops = await start();
  assert.equal((await ops.ask("/metrics", "POST")).status, 405);
  assert.equal((await ops.ask("/metrics", "DELETE")).status, 405);
  assert.equal((await ops.ask("/debug")).status, 404);
});

test("it ends at once, even while somebody holds a connection open", async () => {
  const ops = await start();
  const socket = connect(ops.port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await ops[Symbol.asyncDispose]();
  await closed;
});
