/**
 * The operators' door: who gets through, and what is refused.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Agent, request as sendRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { test } from "node:test";
import { createOperators } from "../../../../../src/gateway/http/status/operators.ts";
import { startStatusServer } from "../../../../../src/gateway/http/status/status-server.ts";
import { statusSchema } from "../../../../../src/gateway/status/status-schema.ts";
import { createAttemptId } from "../../../../../src/login/attempt.ts";
import { Secret } from "../../../../../src/login/secret.ts";
import type { Verdict } from "../../../../../src/login/verdict.ts";
import { denied } from "../../../../../src/login/verdict.ts";
import { RecentRecords } from "../../../../../src/telemetry/recent-records.ts";
import { corp } from "../../../../support/memory-system.ts";
import { recordEvents } from "../../../../support/recorded-events.ts";

const token = "an-operators-token-of-32-characters-or-more";
const form = "application/x-www-form-urlencoded";
const hostile = `"><script>alert('owned')</script>`;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Sent {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of this machine. */
  readonly from?: string;
}

async function setUp(
  options: { readonly verdict?: Verdict; readonly canTry?: boolean; readonly key?: string } = {},
) {
  const clock = { monotonic: 0, wall: 1_764_000_000_000 };
  const { events, seen } = recordEvents();
  const recent = new RecentRecords(() => clock.wall);
  const now = (): number => clock.monotonic;
  const wallClock = (): number => clock.wall;
  const attempts: string[] = [];
  const server = await startStatusServer({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    operators: createOperators({ token: new Secret(options.key ?? token), now, wallClock, randomBytes }),
    status: {
      about: {
        id: "Z2F0ZXdheS1vbmUt",
        version: "1.2.3",
        configuration: "AAECAwQFBgcI",
        startedAt: "2025-11-24T16:00:00.000Z",
        throttle: true,
      },
      gateway: { connections: new Map(), inFlight: 0 },
      cached: new Set(),
      readiness: () => ({ ready: true, parts: { nats: true } }),
      recent,
      explain: ({ cause }) => ({ meaning: `${hostile} of \`${cause}\`.`, action: hostile }),
      now,
      wallClock,
    },
    trying:
      options.canTry === false
        ? undefined
        : {
            authenticate: async ({ password }) => {
              attempts.push(password.reveal());
              return options.verdict ?? denied("bad_credentials");
            },
            connections: new Set([corp]),
            loginDeadlineMs: 1_000,
            newAttemptId: () => createAttemptId(randomBytes),
            recent,
            events,
            now,
          },
    explainVerdict: () => undefined,
    events,
  });
  const agent = new Agent({ keepAlive: false });
  const send = async (path: string, sent: Sent = {}): Promise<Answer> => {
    const { method = "GET", headers = {}, body = "", from = "127.0.0.1" } = sent;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const url = `http://127.0.0.1:${server.port}${path}`;
      sendRequest(url, { agent, method, headers, localAddress: from })
        .once("response", resolve)
        .once("error", reject)
        .end(body);
    });
    const chunks: Buffer[] = await response.toArray();
    const text = Buffer.concat(chunks).toString("utf8");
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  };
  const post = (path: string, fields: Readonly<Record<string, string>>, sent: Sent = {}): Promise<Answer> =>
    send(path, {
      ...sent,
      method: "POST",
      headers: { "content-type": form, ...sent.headers },
      body: new URLSearchParams(fields).toString(),
    });
  const signIn = async (): Promise<string> => {
    const { headers } = await post("/sign-in", { token });
    return headers["set-cookie"]?.[0]?.split(";")[0] ?? assert.fail("no cookie");
  };
  return {
    clock,
    seen,
    recent,
    attempts,
    send,
    post,
    signIn,
    bearer: (given: string, from?: string): Promise<Answer> =>
      send("/status.json", {
        headers: { authorization: `Bearer ${given}` },
        ...(from === undefined ? {} : { from }),
      }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function formTokenOf({ text }: Answer): string {
  return /name="token"\s+value="([^"]+)"/.exec(text)?.[1] ?? assert.fail("no form");
}

test("without the token there is no status: pages lead to the door, the API says 401", async () => {
  await using door = await setUp();
  for (const path of ["/", "/try", "/?paused"]) {
    const { status, headers } = await door.send(path);
    assert.deepEqual([status, headers.location], [303, "/sign-in"]);
  }
  const { status, headers, text } = await door.send("/status.json");
  assert.deepEqual([status, text], [401, '{"error":{"code":"unauthorized"}}']);
  assert.match(headers["www-authenticate"] ?? "", /^Bearer /);
  for (const wrong of [token.slice(1), `${token}x`, token.toUpperCase(), "x"])
    assert.equal((await door.bearer(wrong)).status, 401);
  for (const authorization of [token, `Basic ${token}`, `Bearer  `, `Bearer ${token} ${token}`])
    assert.equal((await door.send("/status.json", { headers: { authorization } })).status, 401);
  assert.equal((await door.post("/sign-in", { token: "" })).status, 401);
});

test("with the token the API says what its schema says", async () => {
  await using door = await setUp();
  const { status, text } = await door.bearer(token);
  assert.equal(status, 200);
  assert.equal(statusSchema.parse(JSON.parse(text)).gateway.version, "1.2.3");
});

test("ten wrong tokens in a minute close the door to that address, and to no other", async () => {
  await using door = await setUp();
  for (let n = 0; n < 10; n += 1) assert.equal((await door.bearer("wrong")).status, 401);
  assert.equal((await door.bearer("wrong")).status, 429);
  assert.equal((await door.bearer(token)).status, 429);
  assert.equal((await door.post("/sign-in", { token })).status, 429);
  assert.equal((await door.bearer(token, "127.0.0.2")).status, 200);
  door.clock.monotonic += 60_000;
  assert.equal((await door.bearer(token)).status, 200);
});

test("the cookie is for this server and for pages of it, ends after eight hours, and with the token", async () => {
  await using door = await setUp();
  const { status, headers } = await door.post("/sign-in", { token });
  assert.equal(status, 303);
  assert.match(
    headers["set-cookie"]?.[0] ?? "",
    /^drawbridge-status=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/,
  );
  const cookie = await door.signIn();
  assert.ok(!cookie.includes(token));
  assert.equal((await door.send("/", { headers: { cookie } })).status, 200);
  assert.equal((await door.send("/status.json", { headers: { cookie: `a=b; ${cookie}; c=d` } })).status, 200);
  const [expiresAt = "", ...rest] = (cookie.split("=")[1] ?? "").split(".");
  const later = `drawbridge-status=${[Number(expiresAt) + 1, ...rest].join(".")}`;
  for (const forged of [
    later,
    `${cookie}x`,
    `${cookie}.`,
    cookie.slice(0, -1),
    "drawbridge-status=..",
    "drawbridge-status=",
  ])
    assert.equal((await door.send("/", { headers: { cookie: forged } })).status, 303, forged);
  await using other = await setUp({ key: `${token}-renewed` });
  assert.equal((await other.send("/", { headers: { cookie } })).status, 303);
  door.clock.wall += 8 * 3_600_000;
  assert.equal((await door.send("/", { headers: { cookie } })).status, 303);
});

test("no foreign page tries a login or signs anybody out, whatever cookie the browser sends along", async () => {
  await using door = await setUp();
  const [cookie, another] = [await door.signIn(), await door.signIn()];
  const ours = formTokenOf(await door.send("/try", { headers: { cookie } }));
  const theirs = formTokenOf(await door.send("/try", { headers: { cookie: another } }));
  const login = { username: "ada", password: "her-password", connection: "corp" };
  for (const path of ["/try", "/sign-out"]) {
    for (const [fields, headers] of [
      [{}, { cookie }],
      [{ token: "" }, { cookie }],
      [{ token: theirs }, { cookie }],
      [{ token: ours }, {}],
      [{ token: ours }, { cookie, origin: "https://evil.example" }],
      [{ token: ours }, { cookie, origin: "null" }],
      [{ token: ours }, { cookie, "sec-fetch-site": "cross-site" }],
      [{ token: ours }, { cookie, "sec-fetch-site": "same-site" }],
    ] as const) {
      const { status } = await door.post(path, { ...login, ...fields }, { headers });
      assert.equal(status, 403, JSON.stringify([path, fields, headers]));
    }
  }
  assert.equal(
    (await door.post("/sign-in", { token }, { headers: { origin: "https://evil.example" } })).status,
    403,
  );
  assert.deepEqual(door.attempts, []);
  const tried = await door.post("/try", { ...login, token: ours }, { headers: { cookie } });
  assert.equal(tried.status, 200);
  assert.deepEqual(door.attempts, ["her-password"]);
  assert.ok(!tried.text.includes("her-password"));
});

test("what is no form, too large a form or a form of bytes is refused, and nothing is tried", async () => {
  await using door = await setUp();
  const cookie = await door.signIn();
  const own = formTokenOf(await door.send("/try", { headers: { cookie } }));
  const send = async (type: string, body: string): Promise<number> =>
    (await door.send("/try", { method: "POST", headers: { cookie, "content-type": type }, body })).status;
  const fields = `token=${own}&username=ada&connection=corp&password=`;
  assert.equal(await send("application/json", "{}"), 415);
  assert.equal(await send(form, `${fields}${"x".repeat(10_000)}`), 413);
  assert.equal(await send(form, `${fields}%ff`), 403);
  assert.equal(await send(form, `${fields}x&password=y`), 403);
  assert.equal(await send(form, fields), 400);
  assert.equal(await send(form, fields.replace("corp", "branch") + "x"), 400);
  assert.deepEqual(door.attempts, []);
});

test("where trying is switched off there is no box and no door to it", async () => {
  await using door = await setUp({ canTry: false });
  const cookie = await door.signIn();
  const page = await door.send("/", { headers: { cookie } });
  assert.ok(!page.text.includes("/try"));
  const fields = { token: formTokenOf(page), username: "ada", password: "x" };
  assert.equal((await door.post("/try", fields, { headers: { cookie } })).status, 404);
  assert.equal((await door.send("/try", { headers: { cookie } })).status, 404);
});

test("every answer is kept out of caches and frames, and a page runs nothing but its own script", async () => {
  await using door = await setUp();
  const cookie = await door.signIn();
  for (const path of ["/", "/try", "/sign-in", "/status.json", "/nothing-here"]) {
    const { headers } = await door.send(path, { headers: { cookie } });
    assert.match(
      String(headers["content-security-policy"]),
      /^default-src 'none'; style-src 'self'; script-src 'self';/,
    );
    assert.doesNotMatch(String(headers["content-security-policy"]), /unsafe/);
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["cache-control"], "no-store");
  }
  const { text } = await door.send("/", { headers: { cookie } });
  assert.ok(!/\sstyle=|\son[a-z]+=/.test(text));
  for (const [, path = ""] of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g))
    assert.equal((await door.send(path)).status, 200, path);
});

test("whatever the log had to say, it is text on the page", async () => {
  const verdict: Verdict = {
    outcome: "accepted",
    identity: {
      subjectId: hostile,
      accountName: hostile,
      distinguishedName: hostile,
      profile: { [hostile]: [hostile] },
      groups: Array.from({ length: 300 }, () => ({ name: hostile })),
      groupsRead: "complete",
    },
  };
  await using door = await setUp({ verdict });
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const log = door.recent.tee(silent);
  for (let n = 0; n < 200; n += 1)
    log.warn(hostile, {
      why: `${hostile}${"x".repeat(5_000)}${n % 7}`,
      connection: hostile,
      attempt: hostile,
      setting: hostile + n,
    });
  log.info("login_ended", {
    attempt: "x",
    connection: hostile,
    outcome: hostile,
    reason: hostile,
    ms: 1,
    grants: 1,
  });
  log.info("bus_connected", { server: hostile });
  log.info("store_available", { bucket: hostile });
  const cookie = await door.signIn();
  const page = await door.send("/", { headers: { cookie } });
  const fields = { token: formTokenOf(page), username: hostile, password: "x" };
  const tried = await door.post("/try", fields, { headers: { cookie } });
  for (const { status, text } of [page, tried]) {
    assert.equal(status, 200);
    assert.ok(text.includes("&lt;script&gt;alert(&#39;owned&#39;)"));
    assert.ok(!text.includes("<script>"));
    assert.ok(text.length < 200_000, String(text.length));
  }
});

test("a page that is left open is fetched again, and one that is paused is not", async () => {
  await using door = await setUp();
  const headers = { cookie: await door.signIn() };
  const refresh = '<noscript><meta http-equiv="refresh" content="5" /></noscript>';
  const [live, paused] = [await door.send("/", { headers }), await door.send("/?paused", { headers })];
  assert.ok(live.text.includes(refresh) && live.text.includes('data-refresh="5"'));
  assert.ok(!paused.text.includes("http-equiv") && paused.text.includes('data-refresh="0"'));
  assert.ok(!(await door.send("/try", { headers })).text.includes("http-equiv"));
});
