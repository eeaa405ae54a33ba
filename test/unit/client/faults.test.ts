/**
 * What a network, a proxy or something else than a gateway makes of a request: never a denial, never an acceptance, never an exception.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import * as fc from "fast-check";
import { createClient } from "../../../src/client/client.ts";
import type { Fetch, FetchInit, LoginOutcome } from "../../../src/client/client.ts";

const ada = { username: "ada", password: "secret" };
const identity = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "CN=Ada",
  profile: {},
  groups: [],
  groupsRead: "complete",
};
const attempt = "mWq3xYt0Rk2o9JpZb1c7Vg";
const accepted = { outcome: "accepted", attempt, identity };
const denied = { outcome: "denied", attempt, reason: "bad_credentials" };

/** A client whose requests end in `answer`, and what was sent. */
function answering(
  answer: (
    tries: number,
  ) => { readonly status: number; readonly body: unknown; readonly retryAfter?: string } | Error,
) {
  const sent: { readonly url: string; readonly init: FetchInit }[] = [];
  const fetch: Fetch = async (url, init) => {
    sent.push({ url, init });
    const said = answer(sent.length);
    if (said instanceof Error) throw said;
    const { status, body, retryAfter } = said;
    const headers = retryAfter === undefined ? new Headers() : new Headers({ "retry-after": retryAfter });
    return { status, headers, text: async () => (typeof body === "string" ? body : JSON.stringify(body)) };
  };
  return { sent, client: createClient({ url: "https://login.example.com/gateway", token: "token", fetch }) };
}

const notAnswers: readonly (readonly [what: string, status: number, body: unknown])[] = [
  ["an acceptance under another status", 401, accepted],
  ["an acceptance under 201", 201, accepted],
  ["a denial under 200", 200, denied],
  ["a denial under 403", 403, denied],
  ["nobody's identity", 200, { ...accepted, identity: undefined }],
  ["an identity without its id", 200, { ...accepted, identity: { ...identity, subjectId: "" } }],
  ["an id that is no text", 200, { ...accepted, identity: { ...identity, subjectId: 7 } }],
  ["groups that are none", 200, { ...accepted, identity: { ...identity, groups: ["Admins"] } }],
  ["no attempt", 200, { outcome: "accepted", identity }],
  ["a page of a proxy", 200, "<html>Welcome</html>"],
  ["a page that denies", 401, "<html>Unauthorized</html>"],
  ["a list", 200, [accepted]],
  ["nothing", 200, ""],
  ["a redirect", 302, ""],
  ["a redirect with an acceptance", 307, accepted],
  ["a proxy's 502", 502, "Bad Gateway"],
  ["a proxy's 503", 503, "<html>Service Unavailable</html>"],
  ["a proxy's 504 with our words", 504, { outcome: "unavailable", fault: "no_connector", attempt }],
  ["a proxy's 403", 403, "Forbidden"],
];

for (const [what, status, body] of notAnswers) {
  test(`${what} is no answer, and the password is not sent again`, async () => {
    const { client, sent } = answering(() => ({ status, body }));
    const outcome = await client.login(ada);
    assert.deepEqual(outcome, { outcome: "unavailable", fault: "bad_answer", detail: `status ${status}` });
    assert.equal(sent.length, 1);
  });
}

test("whatever comes back, only what a gateway says is accepted or denied, and nothing is thrown", async () => {
  const bodies = fc.oneof(
    fc.jsonValue(),
    fc.string(),
    fc.record(
      {
        outcome: fc.constantFrom("accepted", "denied", "done", "refused", "unavailable"),
        attempt: fc.jsonValue(),
        identity: fc.jsonValue(),
        reason: fc.jsonValue(),
        fault: fc.jsonValue(),
        error: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 200, max: 599 }), bodies, async (status, body) => {
      const { client } = answering(() => ({ status, body, retryAfter: "0" }));
      const outcome = await client.login(ada, { deadlineMs: 1_000 });
      assert.ok(outcome.outcome !== "accepted", JSON.stringify(body));
      if (outcome.outcome === "denied") {
        assert.ok(status === 401 && outcome.reason !== "" && outcome.attempt !== "");
      }
    }),
    { numRuns: 300 },
  );
});

test("a request is sent once, with what was said, to where it was said, and follows nobody", async () => {
  const { client, sent } = answering(() => ({ status: 200, body: accepted }));
  await client.login(ada, { clientAddress: "2001:db8::7" });
  const [{ url, init } = { url: "", init: undefined }] = sent;
  assert.equal(url, "https://login.example.com/gateway/v1/login");
  assert.deepEqual(JSON.parse(init?.body ?? ""), ada);
  assert.deepEqual(
    [init?.redirect, init?.headers["authorization"], init?.headers["x-forwarded-for"]],
    ["manual", "Bearer token", "2001:db8::7"],
  );
  await assert.rejects(client.login(ada, { clientAddress: "10.0.0.1, 127.0.0.1" }), TypeError);
});

const harmless = [
  "no_connector",
  "gateway_busy",
  "connector_busy",
  "connector_not_ready",
  "bus_disconnected",
];
const mayHaveCounted = [
  "directory_unreachable",
  "directory_refused",
  "bind_unresolved",
  "change_unresolved",
  "deadline_exceeded",
  "internal_error",
  "a_later_fault",
];

test("a password is sent again after faults for which nobody was asked, and after no other", async () => {
  const after = async (fault: string) => {
    const { client, sent } = answering((tries) =>
      tries === 1
        ? { status: 503, body: { outcome: "unavailable", fault, attempt }, retryAfter: "0" }
        : { status: 401, body: denied },
    );
    return [(await client.login(ada)).outcome, sent.length] as const;
  };
  for (const fault of harmless) assert.deepEqual(await after(fault), ["denied", 2], fault);
  for (const fault of mayHaveCounted) assert.deepEqual(await after(fault), ["unavailable", 1], fault);
});

test("a list is asked for again after faults that may pass", async () => {
  const page = { outcome: "done", attempt, users: [], truncated: false };
  const after = async (fault: string) => {
    const { client, sent } = answering((tries) =>
      tries === 1
        ? { status: 503, body: { outcome: "unavailable", fault, attempt }, retryAfter: "0" }
        : { status: 200, body: page },
    );
    const outcomes = await Array.fromAsync(client.searchUsers(), ({ outcome }) => outcome);
    return [...outcomes, sent.length];
  };
  for (const fault of ["no_connector", "directory_unreachable", "deadline_exceeded"]) {
    assert.deepEqual(await after(fault), ["done", 2], fault);
  }
  assert.deepEqual(await after("internal_error"), ["unavailable", 1]);
});

test("what was throttled is not tried again", async () => {
  const { client, sent } = answering(() => ({
    status: 429,
    body: { outcome: "unavailable", fault: "throttled", attempt },
    retryAfter: "60",
  }));
  assert.deepEqual(await client.login(ada), { outcome: "throttled", attempt, retryAfterMs: 60_000 });
  assert.equal(sent.length, 1);
});

test("it waits as long as the gateway says, a bounded number of times, and never past its deadline", async () => {
  const fault = { outcome: "unavailable", fault: "no_connector", attempt };
  const patient = answering((tries) =>
    tries === 1 ? { status: 503, body: fault, retryAfter: "1" } : { status: 200, body: accepted },
  );
  const startedAtMs = performance.now();
  assert.equal((await patient.client.login(ada)).outcome, "accepted");
  assert.ok(performance.now() - startedAtMs >= 990);

  const hopeless = answering(() => ({ status: 503, body: fault, retryAfter: "0" }));
  assert.equal((await hopeless.client.login(ada)).outcome, "unavailable");
  assert.equal(hopeless.sent.length, 5);

  const hasty = answering(() => ({ status: 503, body: fault, retryAfter: "600" }));
  assert.deepEqual(await hasty.client.login(ada), { ...fault, retryAfterMs: 600_000 });
  assert.equal(hasty.sent.length, 1);
});

test("a fetch that never ends, and does not mind its signal, ends with the deadline", async () => {
  const fetch: Fetch = () => new Promise(() => {});
  const client = createClient({ url: "https://login.example.com", fetch });
  assert.deepEqual(await client.login(ada, { deadlineMs: 20 }), { outcome: "unavailable", fault: "timeout" });
});

test("a caller who aborts gets their own reason, before, during and between tries", async () => {
  const reason = new Error("the person went away");
  const never = createClient({ url: "https://login.example.com", fetch: () => new Promise(() => {}) });
  await assert.rejects(never.login(ada, { signal: AbortSignal.abort(reason) }), reason);
  const during = new AbortController();
  const waiting = never.login(ada, { signal: during.signal });
  during.abort(reason);
  await assert.rejects(waiting, reason);
  const between = new AbortController();
  const { client, sent } = answering(() => {
    setImmediate(() => between.abort(reason));
    return { status: 503, body: { outcome: "unavailable", fault: "no_connector", attempt }, retryAfter: "5" };
  });
  await assert.rejects(client.login(ada, { signal: between.signal }), reason);
  assert.equal(sent.length, 1);
});

test("a server that breaks off, resets, or is not there: a fault each, over Node's own fetch", async () => {
  const login = (url: string, deadlineMs = 60_000): Promise<LoginOutcome> =>
    createClient({ url, deadlineMs }).login(ada);
  const seen: string[] = [];
  const during = async (behave: (socket: Socket) => void): Promise<LoginOutcome> => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        seen.push("request");
        behave(socket);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      return await login(`http://127.0.0.1:${port}`);
    } finally {
      server.close();
    }
  };
  const cut = { outcome: "unavailable", fault: "interrupted" };
  assert.partialDeepStrictEqual(await during((socket) => socket.destroy()), cut);
  assert.partialDeepStrictEqual(await during((socket) => socket.resetAndDestroy()), cut);
  assert.partialDeepStrictEqual(
    await during((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")),
    cut,
  );
  assert.partialDeepStrictEqual(await during((socket) => socket.end("no HTTP at all\r\n\r\n")), cut);
  assert.equal(seen.length, 4, "a password that may have been looked at is not sent again");

  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  assert.deepEqual(await login(`http://127.0.0.1:${port}`, 3_000), {
    outcome: "unavailable",
    fault: "unreachable",
    detail: "ECONNREFUSED",
  });
});
