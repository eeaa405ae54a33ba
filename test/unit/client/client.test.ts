/**
 * The client in front of a gateway's real HTTP server, whose ends the test chooses.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createClient } from "../../../src/client/client.ts";
import type { GroupPageOutcome, LoginOutcome, UserPageOutcome } from "../../../src/client/client.ts";
import type { Operation, OperationEnd } from "../../../src/login/operation.ts";
import type { Verdict } from "../../../src/login/verdict.ts";
import { allToken, loginToken, startApiServer } from "../../support/api-server.ts";

const identity = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "CN=Ada",
  profile: { mail: "ada@example.test" },
  groups: [{ name: "Engineers" }],
  groupsRead: "complete",
} as const;
const ada = { username: "ada", password: "geheim-ß-日本" };
const attempt = /^[A-Za-z0-9_-]{22}$/;

function withoutAttempt(outcome: object): object {
  assert.match(String("attempt" in outcome ? outcome.attempt : ""), attempt);
  return Object.fromEntries(Object.entries(outcome).filter(([name]) => name !== "attempt"));
}

const logins: readonly (readonly [Verdict, object])[] = [
  [
    { outcome: "accepted", identity },
    { outcome: "accepted", identity },
  ],
  [
    { outcome: "accepted", identity, source: "cache", password: { status: "must_change" } },
    { outcome: "accepted", identity, source: "cache", password: { status: "must_change" } },
  ],
  [
    { outcome: "denied", reason: "unknown_account" },
    { outcome: "denied", reason: "bad_credentials" },
  ],
  [
    { outcome: "denied", reason: "password_expired" },
    { outcome: "denied", reason: "password_expired" },
  ],
  [
    { outcome: "unavailable", fault: "throttled" },
    { outcome: "throttled", retryAfterMs: 60_000 },
  ],
];

test("each end of a login is an outcome of its own", async () => {
  await using api = await startApiServer();
  const client = createClient({ url: api.url });
  for (const [verdict, outcome] of logins) {
    api.verdict = verdict;
    assert.deepEqual(withoutAttempt(await client.login(ada)), outcome);
  }
  api.verdict = { outcome: "unavailable", fault: "bind_unresolved" };
  const { retryAfterMs, ...unavailable } = withoutAttempt(await client.login(ada)) as Record<string, unknown>;
  assert.deepEqual(unavailable, { outcome: "unavailable", fault: "bind_unresolved" });
  assert.ok(Number(retryAfterMs) >= 1_000 && Number(retryAfterMs) <= 5_000);
});

test("what is typed arrives as it was typed", async () => {
  await using api = await startApiServer();
  const seen: string[] = [];
  api.verdict = async (tried) => {
    if (tried.method === "password") seen.push(tried.accountName.text, tried.password.reveal());
    return { outcome: "accepted", identity };
  };
  await createClient({ url: `${api.url}/` }).login({ connection: "corp", ...ada, live: true });
  assert.deepEqual(seen, [ada.username, ada.password]);
});

test("a request that is wrong, and a token that is: rejected, with what to mend", async () => {
  await using api = await startApiServer({ tokenRequired: ["login"] });
  const login = (token: string | undefined, request = ada): Promise<LoginOutcome> =>
    createClient({ url: api.url, ...(token && { token }) }).login(request);
  assert.deepEqual(await login(loginToken, { ...ada, password: "" }), {
    outcome: "rejected",
    status: 400,
    code: "empty_password",
    message: "password is empty",
    field: "password",
  });
  assert.deepEqual(await login(undefined), {
    outcome: "rejected",
    status: 401,
    code: "unauthorized",
    message: "the Authorization header is missing",
  });
  assert.equal((await login("another-token")).outcome, "rejected");
  assert.equal((await login(loginToken)).outcome, "denied");
});

test("a changed password: set, refused, throttled or unavailable", async () => {
  await using api = await startApiServer();
  const client = createClient({ url: api.url });
  const change = () => client.changePassword({ username: "ada", oldPassword: "old", newPassword: "new" });
  api.end = { outcome: "done", result: { kind: "password_set" } };
  assert.deepEqual(withoutAttempt(await change()), { outcome: "done" });
  api.end = { outcome: "refused", reason: "too_weak" };
  assert.deepEqual(withoutAttempt(await change()), { outcome: "refused", reason: "too_weak" });
  api.end = { outcome: "unavailable", fault: "throttled" };
  assert.deepEqual(withoutAttempt(await change()), { outcome: "throttled", retryAfterMs: 60_000 });
  api.end = { outcome: "unavailable", fault: "change_unresolved" };
  assert.equal((await change()).outcome, "unavailable");
});

test("a password is set by an application that may", async () => {
  await using api = await startApiServer();
  const reset = (token: string) =>
    createClient({ url: api.url, token }).resetPassword({
      username: "ada",
      newPassword: "new",
      mustChange: true,
    });
  assert.equal((await reset(allToken)).outcome, "done");
  const refused = await reset(loginToken);
  assert.deepEqual(
    [refused.outcome, refused.outcome === "rejected" && refused.code],
    ["rejected", "forbidden"],
  );
});

function pageOf(operation: Operation): OperationEnd {
  if (operation.method !== "users.search" && operation.method !== "groups.list")
    throw new Error("a list is asked for");
  const start = Number(operation.cursor ?? 0);
  const numbers = Array.from({ length: operation.pageSize }, (_, index) => start + index).filter(
    (n) => n < 5,
  );
  const page = {
    truncated: false,
    ...(start + operation.pageSize < 5 && { cursor: String(start + operation.pageSize) }),
  };
  const { groups: _, groupsRead: __, ...person } = identity;
  return operation.method === "users.search"
    ? {
        outcome: "done",
        result: {
          kind: "people",
          people: numbers.map((n) => ({ ...person, accountName: `u${n}` })),
          ...page,
        },
      }
    : {
        outcome: "done",
        result: { kind: "groups", groups: numbers.map((n) => ({ name: `g${n}` })), ...page },
      };
}

test("lists come page after page, to their end", async () => {
  await using api = await startApiServer();
  api.end = async (operation) => pageOf(operation);
  const client = createClient({ url: api.url, token: allToken });
  const users = await Array.fromAsync(client.searchUsers({ text: "u", pageSize: 2 }), usersOf);
  assert.deepEqual(users, [["u0", "u1"], ["u2", "u3"], ["u4"]]);
  const rest = await Array.fromAsync(client.searchUsers({ pageSize: 3, cursor: "3" }), usersOf);
  assert.deepEqual(rest, [["u3", "u4"]]);
  const groups = await Array.fromAsync(client.listGroups({ pageSize: 4 }), groupsOf);
  assert.deepEqual(groups, [["g0", "g1", "g2", "g3"], ["g4"]]);
});

test("a list that cannot go on ends with the reason, and does not look complete", async () => {
  await using api = await startApiServer();
  let asked = 0;
  api.end = async (operation) => {
    asked += 1;
    return asked === 1 ? pageOf(operation) : { outcome: "refused", reason: "bad_cursor" };
  };
  const client = createClient({ url: api.url, token: allToken });
  const outcomes = await Array.fromAsync(client.searchUsers({ pageSize: 2 }), ({ outcome }) => outcome);
  assert.deepEqual(outcomes, ["done", "refused"]);
});

test("nobody who looks at a client, its outcomes or what it throws sees a secret", async () => {
  await using api = await startApiServer();
  const token = "a-token-that-must-not-be-seen";
  const client = createClient({ url: api.url, token });
  const outcome = await client.login(ada);
  const gone = await createClient({ url: "http://127.0.0.1:9", token }).login(ada, { deadlineMs: 100 });
  const thrown = [{ url: api.url, token: `${token}\n` }, { url: `http://${token}:x@127.0.0.1/` }].map(
    (options) => {
      try {
        return createClient(options);
      } catch (error) {
        return error;
      }
    },
  );
  assert.ok(thrown.every((error) => error instanceof TypeError));
  const shown = inspect([client, outcome, gone, thrown], { depth: 9, showHidden: true });
  for (const secret of [token, ada.password]) assert.ok(!shown.includes(secret), shown);
  assert.ok(!JSON.stringify([client, outcome, gone]).includes(token));
});

test("passwords cross a network in clear only where somebody said so", () => {
  assert.throws(() => createClient({ url: "http://login.example.com" }), /allowPlainHttp/);
  assert.throws(() => createClient({ url: "http://127.0.0.1.example.com" }), /allowPlainHttp/);
  assert.throws(() => createClient({ url: "ftp://login.example.com" }), TypeError);
  assert.throws(() => createClient({ url: "login.example.com" }), TypeError);
  createClient({ url: "http://login.example.com", allowPlainHttp: true });
  createClient({ url: "http://127.0.0.1:8080" });
  createClient({ url: "http://[::1]:8080" });
  createClient({ url: new URL("https://login.example.com/gateway") });
});

function usersOf(page: UserPageOutcome): readonly string[] {
  assert.ok(page.outcome === "done");
  return page.users.map(({ accountName }) => accountName);
}

function groupsOf(page: GroupPageOutcome): readonly string[] {
  assert.ok(page.outcome === "done");
  return page.groups.map(({ name }) => name);
}
