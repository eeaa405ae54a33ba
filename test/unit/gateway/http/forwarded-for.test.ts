/**
 * Whose word on a client's address counts: over real HTTP, with proxies that are trusted and such as are not.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request as sendRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { createApiCallers } from "../../../../src/gateway/http/api-callers.ts";
import { startHttpServer } from "../../../../src/gateway/http/server.ts";
import { sourceOf } from "../../../../src/login/source.ts";
import { createAttemptId } from "../../../../src/login/attempt.ts";
import { connectionName } from "../../../support/memory-system.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

/** @returns what counts as the address of a login with these headers. */
async function startBehind(trustedProxies: readonly string[]) {
  const ips: string[] = [];
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    trustedProxies,
    authenticate: async (_attempt, _deadline, { ip }) => {
      ips.push(ip);
      return { outcome: "denied", reason: "bad_credentials" };
    },
    operate: () => Promise.reject(new Error("no operation is asked for here")),
    callers: createApiCallers([]),
    connections: new Set([connectionName("corp")]),
    disclosure: "proven",
    loginDeadlineMs: 1_000,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events: recordEvents().events,
  });
  const body = JSON.stringify({ connection: "corp", username: "ada", password: "secret" });
  return {
    async addressOf(forwardedFor: string | readonly string[], localAddress = "127.0.0.1"): Promise<string> {
      const headers = { "content-type": "application/json", "x-forwarded-for": [forwardedFor].flat() };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        sendRequest({
          host: "127.0.0.1",
          port: server.port,
          path: "/v1/login",
          method: "POST",
          headers,
          localAddress,
        })
          .once("response", resolve)
          .once("error", reject)
          .end(body);
      });
      assert.equal(response.statusCode, 401);
      response.resume();
      return sourceOf(ips.at(-1) ?? "").address;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

test("without trusted proxies nothing that a client writes counts", async () => {
  await using server = await startBehind([]);
  for (const header of ["203.0.113.7", "127.0.0.9, 203.0.113.7", "2001:db8::1", "nonsense"])
    assert.equal(await server.addressOf(header), "127.0.0.1");
});

test("the word of somebody who is not among the trusted proxies counts nothing", async () => {
  await using server = await startBehind(["127.0.0.2", "10.0.0.0/8"]);
  assert.equal(await server.addressOf("203.0.113.7", "127.0.0.1"), "127.0.0.1");
  assert.equal(await server.addressOf("203.0.113.7", "127.0.0.3"), "127.0.0.3");
  assert.equal(await server.addressOf("203.0.113.7", "127.0.0.2"), "203.0.113.7");
});

test("of several hops the last one that is not trusted is the client, whatever it wrote before", async () => {
  await using server = await startBehind(["127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/64"]);
  for (const [header, client] of [
    ["203.0.113.7", "203.0.113.7"],
    ["198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["198.51.100.1, 203.0.113.7, 10.0.0.1, 10.9.9.9", "203.0.113.7"],
    ["10.0.0.1, 203.0.113.7, 2001:db8:1::5", "203.0.113.7"],
    ["203.0.113.7,10.0.0.1", "203.0.113.7"],
    [["198.51.100.1", "203.0.113.7, 10.0.0.1"], "203.0.113.7"],
    // Whoever is behind trusted proxies alone is the first of them.
    ["10.0.0.1, 10.0.0.2", "10.0.0.1"],
  ] as const) {
    assert.equal(await server.addressOf(header), client, String(header));
  }
});

test("clients and proxies may have IPv6 addresses, in any spelling", async () => {
  await using server = await startBehind(["127.0.0.0/8", "2001:db8:1::/64"]);
  const subscriber = "2001:db8:2:3::/64";
  for (const header of [
    "2001:db8:2:3::1",
    "2001:DB8:2:3:0:0:0:9",
    "198.51.100.1, 2001:db8:2:3::1, 2001:db8:1::7",
    "[2001:db8:2:3::1]:443",
  ]) {
    assert.equal(await server.addressOf(header), subscriber, header);
  }
  assert.equal(await server.addressOf("::ffff:203.0.113.7"), "203.0.113.7");
});

test("what is no address is one source, and nothing written before it counts", async () => {
  await using server = await startBehind(["127.0.0.0/8", "10.0.0.0/8"]);
  for (const header of [
    "nonsense",
    "203.0.113.7, nonsense",
    "203.0.113.7, 999.1.1.1, 10.0.0.1",
    "203.0.113.7, _hidden",
    "203.0.113.7, unknown",
    `203.0.113.7, ${"x".repeat(4_000)}`,
  ]) {
    assert.equal(await server.addressOf(header), "unknown", header.slice(0, 60));
  }
  assert.equal(await server.addressOf(""), "127.0.0.1");
  assert.equal(await server.addressOf("203.0.113.7:49152"), "203.0.113.7");
});
