/**
 * `GET /v1/negotiate` over real HTTP: who is asked for a ticket, who is not, and what becomes of what they bring.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createApiCallers } from "../../../../src/gateway/http/api-callers.ts";
import { createNetworks } from "../../../../src/gateway/http/networks.ts";
import { startHttpServer } from "../../../../src/gateway/http/server.ts";
import { createAttemptId, ticketLengthMax } from "../../../../src/login/attempt.ts";
import type { Verdict } from "../../../../src/login/verdict.ts";
import { connectionName, corp } from "../../../support/memory-system.ts";
import { kerberosToken, mechanisms, ntlmToken, spnegoToken } from "../../../support/negotiate-tokens.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

const identity = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "CN=Ada",
  profile: {},
  groups: [],
  groupsRead: "complete",
} as const;
const accepted: Verdict = { outcome: "accepted", identity, answerToken: "oRQw" };
const ticket = spnegoToken([mechanisms.kerberos], kerberosToken()).toString("base64");

async function start(verdict: Verdict | Error = accepted, networks = ["127.0.0.0/8"]) {
  const tokens: string[] = [];
  const { events, seen } = recordEvents();
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    trustedProxies: ["127.0.0.1"],
    authenticate: () => Promise.reject(new Error("no password is asked for here")),
    operate: () => Promise.reject(new Error("no operation is asked for here")),
    callers: createApiCallers([]),
    connections: new Set([corp, connectionName("bare")]),
    disclosure: "proven",
    loginDeadlineMs: 1_000,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events,
    tickets: {
      networks: new Map([[corp, createNetworks(networks)]]),
      authenticate: async ({ token }) => {
        tokens.push(token.reveal());
        if (verdict instanceof Error) throw verdict;
        return verdict;
      },
    },
  });
  const ask = (headers: Record<string, string> = {}, connection = "corp") =>
    fetch(`http://127.0.0.1:${server.port}/v1/negotiate?connection=${connection}`, { headers });
  return { tokens, seen, ask, [Symbol.asyncDispose]: () => server.close() };
}

const negotiate = (token: string) => ({ authorization: `Negotiate ${token}` });

test("a browser is asked once, and for as long as it remembers that, not again", async () => {
  await using server = await start();
  const asked = await server.ask();
  assert.equal(asked.status, 401);
  assert.equal(asked.headers.get("www-authenticate"), "Negotiate");
  const [cookie = ""] = (asked.headers.get("set-cookie") ?? "").split(";");
  assert.match(asked.headers.get("set-cookie") ?? "", /; HttpOnly; SameSite=Lax$/);
  const again = await server.ask({ cookie: `other=2; ${cookie}` });
  assert.equal(again.status, 401);
  assert.equal(again.headers.get("www-authenticate"), null);
  assert.deepEqual(await again.json(), {
    error: { code: "no_ticket", message: "no Kerberos ticket came with the request" },
  });
});

test("a ticket is looked at, also when it comes unasked, and the answer goes back", async () => {
  await using server = await start();
  const answer = await server.ask({ ...negotiate(ticket), cookie: "drawbridge-no-ticket=1" });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("www-authenticate"), "Negotiate oRQw");
  const body: unknown = await answer.json();
  assert.ok(typeof body === "object" && body !== null && !JSON.stringify(body).includes("oRQw"));
  assert.deepEqual(server.tokens, [ticket]);
});

test("a ticket that is refused is not asked for again", async () => {
  await using server = await start({ outcome: "denied", reason: "ticket_clock_skew" });
  const answer = await server.ask(negotiate(ticket));
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get("www-authenticate"), null);
  assert.match(answer.headers.get("set-cookie") ?? "", /^drawbridge-no-ticket=1;/);
  assert.match(await answer.text(), /"reason":"ticket_clock_skew"/);
});

test("NTLM and junk never leave the gateway, are counted, and are not asked for again", async () => {
  await using server = await start();
  for (const [token, reason] of [
    [ntlmToken.toString("base64"), "ticket_ntlm"],
    [spnegoToken([mechanisms.ntlm], ntlmToken).toString("base64"), "ticket_ntlm"],
    ["YIIB", "ticket_malformed"],
    ["!", "ticket_malformed"],
  ] as const) {
    const answer = await server.ask(negotiate(token));
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("www-authenticate"), null);
    assert.match(await answer.text(), new RegExp(`"reason":"${reason}"`));
  }
  assert.deepEqual(server.tokens, []);
  assert.equal(server.seen.filter(({ name }) => name === "loginEnded").length, 4);
});

test("whoever comes from elsewhere is neither asked nor believed, whatever they say of themselves", async () => {
  await using server = await start(accepted, ["10.0.0.0/8"]);
  for (const headers of [{}, negotiate(ticket), { ...negotiate(ticket), "x-forwarded-for": "192.0.2.1" }]) {
    const answer = await server.ask(headers);
    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get("www-authenticate"), null);
  }
  assert.equal((await server.ask({ ...negotiate(ticket), "x-forwarded-for": "10.1.2.3" })).status, 200);
  assert.equal((await server.ask(negotiate(ticket), "bare")).status, 403);
  assert.equal((await server.ask(negotiate(ticket), "nobody")).status, 400);
});

test("48 KiB of ticket fit through the headers, and what is longer is said to be too long", async () => {
  await using server = await start();
  const long = spnegoToken([mechanisms.kerberos], kerberosToken({ ticketBytes: 48_700 })).toString("base64");
  assert.ok(long.length > 65_000 && long.length <= ticketLengthMax);
  assert.equal((await server.ask(negotiate(long))).status, 200);
  const longer = spnegoToken([mechanisms.kerberos], kerberosToken({ ticketBytes: 50_000 })).toString(
    "base64",
  );
  assert.match(await (await server.ask(negotiate(longer))).text(), /ticket_malformed/);
  assert.equal((await server.ask(negotiate("A".repeat(90_000)))).status, 431);
});

test("an outage is none of the ticket's business: 503, and the form is next", async () => {
  await using server = await start({ outcome: "unavailable", fault: "ticket_check_down" });
  const answer = await server.ask(negotiate(ticket));
  assert.equal(answer.status, 503);
  assert.match(answer.headers.get("retry-after") ?? "", /^[1-5]$/);
  await using broken = await start(new Error("a defect"));
  assert.equal((await broken.ask(negotiate(ticket))).status, 503);
});
