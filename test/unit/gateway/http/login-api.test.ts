/**
 * The login API over real HTTP, in front of a verdict that the test chooses.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Agent, request as sendRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { createApiCallers } from "../../../../src/gateway/http/api-callers.ts";
import { startHttpServer } from "../../../../src/gateway/http/server.ts";
import { createAttemptId } from "../../../../src/login/attempt.ts";
import type { PasswordAttempt } from "../../../../src/login/attempt.ts";
import { denialReasons } from "../../../../src/login/verdict.ts";
import type { Verdict } from "../../../../src/login/verdict.ts";
import { connectionName } from "../../../support/memory-system.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

interface Setup {
  /** Runs while the login is under way. */
  readonly meanwhile?: () => Promise<void>;
  readonly verdict?: Verdict | Error;
  readonly disclosure?: "proven" | "state";
  readonly connections?: readonly string[];
}

const bad: Verdict = { outcome: "denied", reason: "bad_credentials" };

async function start({
  verdict = bad,
  disclosure = "proven",
  connections = ["corp"],
  meanwhile = () => Promise.resolve(),
}: Setup) {
  const attempts: PasswordAttempt[] = [];
  const { events, seen } = recordEvents();
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    trustedProxies: [],
    authenticate: async (attempt) => {
      if (attempt.method === "password") attempts.push({ ...attempt });
      await meanwhile();
      if (verdict instanceof Error) throw verdict;
      return verdict;
    },
    operate: () => Promise.reject(new Error("no operation is asked for here")),
    callers: createApiCallers([]),
    connections: new Set(connections.map(connectionName)),
    disclosure,
    loginDeadlineMs: 1_000,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events,
  });
  const url = `http://127.0.0.1:${server.port}/v1/login`;
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { attempts, seen, url, post, port: server.port, [Symbol.asyncDispose]: () => server.close() };
}

const request = { connection: "corp", username: "ada", password: "secret" };

test("each outcome has its status, and 503 says when to come back", async () => {
  const identity = {
    subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
    accountName: "ada",
    distinguishedName: "CN=Ada",
    profile: {},
    groups: [],
    groupsRead: "complete",
  } as const;
  const cases: readonly (readonly [Verdict, number, object])[] = [
    [{ outcome: "accepted", identity }, 200, { identity }],
    [{ outcome: "denied", reason: "password_expired" }, 401, { reason: "password_expired" }],
    [{ outcome: "unavailable", fault: "no_connector" }, 503, { fault: "no_connector" }],
  ];
  for (const [verdict, status, fields] of cases) {
    await using api = await start({ verdict });
    const response = await api.post(request);
    const { attempt, ...body } = (await response.json()) as Record<string, unknown>;
    assert.equal(response.status, status);
    assert.match(String(attempt), /^[A-Za-z0-9_-]{22}$/);
    assert.deepEqual(body, { outcome: verdict.outcome, ...fields });
    assert.equal(response.headers.get("cache-control"), "no-store");
    const retryAfter = Number(response.headers.get("retry-after"));
    assert.ok(status === 503 ? retryAfter >= 1 && retryAfter <= 5 : retryAfter === 0);
  }
});

test("what a denial tells a stranger: never whether an account exists, unless configured", async () => {
  const toldOfCertificates = ["certificate_expired", "certificate_not_yet_valid", "certificate_revoked"];
  const untold = denialReasons.filter(
    (reason) => reason.startsWith("certificate_") && !toldOfCertificates.includes(reason),
  );
  const hidden = {
    proven: new Set<string>(["unknown_account", "ambiguous_account", "account_locked", ...untold]),
    state: new Set<string>(["unknown_account", "ambiguous_account", ...untold]),
  };
  for (const disclosure of ["proven", "state"] as const) {
    for (const reason of denialReasons) {
      await using api = await start({ verdict: { outcome: "denied", reason }, disclosure });
      const body = (await (await api.post(request)).json()) as { readonly reason: string };
      assert.equal(body.reason, hidden[disclosure].has(reason) ? "bad_credentials" : reason);
    }
  }
});

test("a defect behind the route is a fault, not a denial and not a crash", async () => {
  await using api = await start({ verdict: new Error("secret detail") });
  const response = await api.post(request);
  const text = await response.text();
  assert.equal(response.status, 503);
  assert.ok(text.includes("internal_error") && !text.includes("detail"));
  assert.equal(api.seen.filter(({ name }) => name === "defect").length, 1);
});

test("the connection may be left out only where there is one", async () => {
  const { connection: _, ...rest } = request;
  await using one = await start({});
  assert.equal((await one.post(rest)).status, 401);
  await using two = await start({ connections: ["corp", "subsidiary"] });
  const response = await two.post(rest);
  assert.equal(response.status, 400);
  assert.ok((await response.text()).includes("unknown_connection"));
});

test("requests that are no login: a code each, and no attempt is made", async () => {
  await using api = await start({});
  const cases: readonly (readonly [
    body: string,
    headers: Record<string, string>,
    status: number,
    code: string,
  ])[] = [
    ["{", {}, 400, "malformed_json"],
    ["", {}, 400, "malformed_json"],
    ['{"__proto__":{"username":"x"}}', {}, 400, "malformed_json"],
    ["null", {}, 400, "invalid_request"],
    [JSON.stringify({ ...request, role: "admin" }), {}, 400, "invalid_request"],
    [JSON.stringify({ ...request, username: ["ada"] }), {}, 400, "invalid_request"],
    [JSON.stringify({ ...request, username: " " }), {}, 400, "empty_name"],
    [JSON.stringify({ ...request, username: "a".repeat(257) }), {}, 400, "name_too_long"],
    [JSON.stringify({ ...request, username: "ada\u0000" }), {}, 400, "name_control_character"],
    [JSON.stringify({ ...request, username: "EXAMPLE\\" }), {}, 400, "name_malformed"],
    [JSON.stringify({ ...request, password: "" }), {}, 400, "empty_password"],
    [JSON.stringify({ ...request, password: "x".repeat(1_025) }), {}, 400, "password_too_long"],
    [JSON.stringify({ ...request, connection: "elsewhere" }), {}, 400, "unknown_connection"],
    [JSON.stringify({ ...request, password: "x".repeat(1_048_576) }), {}, 413, "body_too_large"],
    [JSON.stringify(request), { "content-type": "text/plain" }, 415, "unsupported_media_type"],
    [
      JSON.stringify(request),
      { "content-type": "application/json; charset=iso-8859-1" },
      415,
      "unsupported_media_type",
    ],
  ];
  for (const [body, headers, status, code] of cases) {
    const response = await api.post(body, headers);
    const answer = (await response.json()) as { readonly error: { readonly code: string } };
    assert.deepEqual([response.status, answer.error.code], [status, code], body.slice(0, 60));
  }
  assert.equal(api.attempts.length, 0);
});

test("a password in another encoding is refused before it can count as a wrong one", async () => {
  await using api = await start({});
  const latin1 = Buffer.from('{"connection":"corp","username":"ada","password":"geh\u00e4im"}', "latin1");
  const response = await fetch(api.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: latin1,
  });
  assert.equal(response.status, 400);
  assert.equal(api.attempts.length, 0);
});

test("a login under way when the end begins is answered, and its connection does not hold the end up", async () => {
  const release = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const api = await start({
    meanwhile: () => {
      began.resolve();
      return release.promise;
    },
  });
  const agent = new Agent({ keepAlive: true });
  const response = new Promise<IncomingMessage>((resolve) => {
    sendRequest(
      api.url,
      { method: "POST", agent, headers: { "content-type": "application/json" } },
      resolve,
    ).end(JSON.stringify(request));
  });
  await began.promise;
  const closed = api[Symbol.asyncDispose]();
  release.resolve();
  const { statusCode, headers } = await response;
  assert.equal(statusCode, 401);
  assert.equal(headers.connection, "close");
  await closed;
});

test("other methods and paths are told apart", async () => {
  await using api = await start({});
  const notAllowed = await fetch(api.url);
  assert.equal(notAllowed.status, 405);
  assert.equal(notAllowed.headers.get("allow"), "POST");
  assert.equal((await fetch(`${api.url}/x`, { method: "POST" })).status, 404);
});

test("what is no HTTP at all gets a clear answer and the server lives on", async () => {
  await using api = await start({});
  const socket = connect(api.port, "127.0.0.1");
  socket.end("\u0016\u0003\u0001 GET garbage\r\n\r\n");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  assert.ok(Buffer.concat(chunks).toString().includes('"code":"bad_request"'));
  assert.equal((await api.post(request)).status, 401);
});
