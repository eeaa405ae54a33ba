import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import type { TcpProxy } from "../../support/tcp-proxy.ts";

const host = "127.0.0.1";
const limit = { timeout: 10_000 };

test("passes bytes through in both directions", limit, async () => {
  await using cleanup = new AsyncDisposableStack();
  const { echo } = await setUp(cleanup);
  assert.equal(await echo("hello"), "hello");
});

test("delays each direction", limit, async () => {
  await using cleanup = new AsyncDisposableStack();
  const { proxy, echo } = await setUp(cleanup);
  proxy.delay(50);
  const startedAt = performance.now();
  assert.equal(await echo("slow"), "slow");
  assert.ok(performance.now() - startedAt >= 95);
});

test("a black hole swallows until it heals", limit, async () => {
  await using cleanup = new AsyncDisposableStack();
  const { proxy, echo } = await setUp(cleanup);
  proxy.blackHole("to_client");
  const answer = echo("lost?");
  assert.equal(await Promise.race([answer, sleep(100, "silence")]), "silence");
  proxy.heal();
  assert.equal(await answer, "lost?");
});

test("a cut resets what is open and what is new, until it heals", limit, async () => {
  await using cleanup = new AsyncDisposableStack();
  const { proxy, client } = await setUp(cleanup);
  const [error] = await Promise.all([once(client, "error"), Promise.resolve().then(() => proxy.cut())]);
  assert.equal(error[0].code, "ECONNRESET");
  const refused = connect(proxy.port, host);
  assert.equal((await once(refused, "error"))[0].code, "ECONNRESET");
  proxy.heal();
  const again = connect(proxy.port, host);
  again.write("back");
  assert.equal(String((await once(again, "data"))[0]), "back");
  again.destroy();
});

interface Line {
  readonly proxy: TcpProxy;
  readonly client: Socket;
  echo(text: string): Promise<string>;
}

/** A client, the proxy, and a server that says everything back. */
async function setUp(cleanup: AsyncDisposableStack): Promise<Line> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, host);
  await once(server, "listening");
  cleanup.defer(() => {
    server.close();
  });
  const bound = server.address();
  assert.ok(typeof bound === "object" && bound !== null);
  const proxy = cleanup.use(await startTcpProxy({ host, target: { host, port: bound.port } }));
  const client = connect(proxy.port, host);
  await once(client, "connect");
  cleanup.defer(() => {
    client.destroy();
  });
  return {
    proxy,
    client,
    async echo(text) {
      client.write(text);
      const [data] = await once(client, "data");
      return String(data);
    },
  };
}
