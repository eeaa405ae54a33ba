/**
 * How a gateway leaves: who comes meanwhile is served, and sent elsewhere.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import { createApiCallers } from "../../../../src/gateway/http/api-callers.ts";
import { startHttpServer } from "../../../../src/gateway/http/server.ts";
import type { HttpServer } from "../../../../src/gateway/http/server.ts";
import { createAttemptId } from "../../../../src/login/attempt.ts";
import { unavailable } from "../../../../src/login/verdict.ts";
import { corp } from "../../../support/memory-system.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

test("while a gateway leaves, kept connections and new ones are answered once more, and end", async () => {
  const server = await start();
  using kept = keeping();
  const { headers } = await login(server, kept.agent);
  assert.equal(headers.connection, "keep-alive");
  assert.equal(headers["keep-alive"], "timeout=3");

  server.leave();
  const [onKept, onNew] = await Promise.all([login(server, kept.agent), login(server, new Agent())]);
  assert.equal(onKept.statusCode, 503);
  assert.equal(onKept.headers.connection, "close");
  assert.equal(onNew.headers.connection, "close");
  await server.close();
  await assert.rejects(login(server, new Agent()), { code: "ECONNREFUSED" });
});

test("a leaving gateway ends idle connections before two seconds are over, and none whose request is on its way", async (t) => {
  const server = await start();
  const [used, begun] = await Promise.all([connected(server), connected(server)]);
  assert.match(await ask(used), /^HTTP\/1\.1 404 [^]*connection: keep-alive/i);

  t.mock.timers.enable({ apis: ["setTimeout"] });
  server.leave();
  t.mock.timers.tick(1_500);
  await once(used, "end");
  assert.match(await ask(begun), /^HTTP\/1\.1 404 [^]*connection: close/i);
  t.mock.timers.reset();
  await server.close();
});

function start(): Promise<HttpServer> {
  return startHttpServer({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    trustedProxies: [],
    authenticate: async () => unavailable("no_connector"),
    operate: () => Promise.reject(new Error("no operation is asked for here")),
    callers: createApiCallers([]),
    connections: new Set([corp]),
    disclosure: "proven",
    loginDeadlineMs: 1_000,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events: recordEvents().events,
  });
}

function keeping(): Disposable & { readonly agent: Agent } {
  const agent = new Agent({ keepAlive: true });
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}

async function connected({ port }: HttpServer): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function ask(socket: Socket): Promise<string> {
  socket.write("GET /v1/nothing HTTP/1.1\r\nhost: gateway.example.com\r\n\r\n");
  const [answer] = await once(socket, "data");
  return String(answer);
}

function login({ port }: HttpServer, agent: Agent): Promise<IncomingMessage> {
  const headers = { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    request(`http://127.0.0.1:${port}/v1/login`, { agent, method: "POST", headers })
      .once("error", reject)
      .once("response", (response) => resolve(response.resume()))
      .end(JSON.stringify({ username: "ada", password: "secret" }));
  });
}
