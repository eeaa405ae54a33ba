/**
 * A gateway that is given two seconds, as `kubectl delete pod --force` does: SIGTERM twice, then SIGKILL, while people log in over kept
 * connections. From the first signal on new connections lead to another gateway, as those of a Service do.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { httpPort, startConnector, startGateway } from "../support/drawbridge.ts";
import type { GatewayProgram } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import { startNats } from "../support/nats-server.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";

const perSecond = 50;
const keptInUse = 10;
const keptIdle = 5;
const graceMs = 2_000;

test(
  "a gateway that is killed two seconds after SIGTERM loses no login, and leaves no connection that nobody ended",
  { timeout: 120_000 },
  async () => {
    await using slapd = await startSlapd();
    await using scratch = await createScratch("forced-end");
    await using nats = await startNats();
    const keys = await createIdentityKeys(scratch.folder, ["corp"]);
    const common = { nats, keys };
    await using connector = await startConnector({ ...common, connections: { corp: { directory: slapd } } });
    const start = (): Promise<GatewayProgram> =>
      startGateway({ ...common, connections: ["corp"], settings: { leaveDelay: "5s" } });
    await using leaving = await start();
    await using staying = await start();
    let target = leaving.address;
    // In turn, so that each connection is used five times a second.
    using kept = keeping(() => target);
    const body = JSON.stringify({
      connection: "corp",
      username: slapd.accounts.active,
      password: slapd.password,
    });
    const first = await Promise.all(Array.from({ length: keptInUse }, () => logIn(kept.agent, body)));
    const idle = await Promise.all(Array.from({ length: keptIdle }, () => useOnce(leaving.address)));
    const ended = Promise.all([...kept.sockets, ...idle].map((socket) => once(socket, "close")));

    target = staying.address;
    process.kill(leaving.pid, "SIGTERM");
    await leaving.findLog(({ msg }) => msg === "draining", 20_000);
    process.kill(leaving.pid, "SIGTERM");
    const over = new AbortController();
    using load = new DisposableStack();
    load.defer(() => over.abort());
    const others = logInUntil(over.signal, kept.agent, body);
    // A machine that is slow to end the connections is given more time, because this is not about its speed.
    await Promise.all([sleep(graceMs), ended]);
    assert.ok(leaving.isRunning(), "it ended before it was killed");
    await leaving.kill();
    load.dispose();
    const statuses = [...first, ...(await others)];
    assert.deepEqual(
      statuses.filter((status) => status !== 200),
      [],
    );
    assert.ok(statuses.length > keptInUse + perSecond, `${statuses.length} logins were too few`);
    assert.ok(connector.isRunning());
  },
);

/** Each begins at its time, however long those before it take. */
async function logInUntil(
  signal: AbortSignal,
  agent: Agent,
  body: string,
): Promise<readonly (number | string)[]> {
  const begun: Promise<number | string>[] = [];
  while (!signal.aborted) {
    begun.push(logIn(agent, body).catch(String));
    await sleep(1_000 / perSecond);
  }
  return Promise.all(begun);
}

interface Keeping extends Disposable {
  readonly agent: Agent;
  readonly sockets: readonly Socket[];
}

function keeping(target: () => string): Keeping {
  const sockets: Socket[] = [];
  const agent = new Agent({ keepAlive: true, scheduling: "fifo" });
  agent.createConnection = () => {
    const socket = connect(httpPort, target());
    sockets.push(socket);
    return socket;
  };
  return { agent, sockets, [Symbol.dispose]: () => agent.destroy() };
}

async function logIn(agent: Agent, body: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ path: "/v1/login", agent, method: "POST", headers })
      .once("error", reject)
      .once("response", resolve)
      .end(body);
  });
  await response.resume().toArray();
  return response.statusCode ?? 0;
}

/** A connection that had one answer, and is kept. */
async function useOnce(address: string): Promise<Socket> {
  const socket = connect(httpPort, address);
  socket.write("GET /v1/nothing HTTP/1.1\r\nhost: gateway.example.com\r\n\r\n");
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 404 [^]*connection: keep-alive/i);
  return socket.resume();
}
