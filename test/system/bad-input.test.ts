/**
 * What people, programs and attackers send to a running gateway and its bus: a clear answer with a stable code, no bind, no crash.
 */

import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startLoginSystem } from "../support/login-system.ts";
import type { LoginSystem } from "../support/login-system.ts";
import { startSlapd } from "../support/slapd.ts";

interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

function post(
  system: LoginSystem,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sending = request(
      system.gateway.loginUrl,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sending.on("error", reject);
    sending.end(body);
  });
}

const login = (fields: object): string =>
  JSON.stringify({ connection: "corp", username: "u1", password: "x", ...fields });

const badRequests: readonly (readonly [
  what: string,
  body: string,
  headers: Record<string, string>,
  status: number,
])[] = [
  ["malformed JSON", "{", {}, 400],
  ["no JSON object", "[]", {}, 400],
  ["a missing field", JSON.stringify({ connection: "corp", username: "u1" }), {}, 400],
  ["an unknown field", login({ admin: true }), {}, 400],
  ["a number as name", login({ username: 7 }), {}, 400],
  ["an over-long name", login({ username: "a".repeat(2_000) }), {}, 400],
  ["a control character in the name", login({ username: "u1\u0007" }), {}, 400],
  ["a NUL in the name", login({ username: "u1\u0000" }), {}, 400],
  ["an empty name", login({ username: "" }), {}, 400],
  ["an empty password", login({ password: "" }), {}, 400],
  ["an over-long password", login({ password: "x".repeat(2_000) }), {}, 400],
  ["an unknown connection", login({ connection: "elsewhere" }), {}, 400],
  ["a connection that is a subject wildcard", login({ connection: ">" }), {}, 400],
  ["1 MiB", login({ password: "x".repeat(1_048_576) }), {}, 413],
  ["a form", "username=u1&password=x", { "content-type": "application/x-www-form-urlencoded" }, 415],
];

test("bad input", async (t) => {
  await using slapd = await startSlapd({ usersMax: 5, failuresMax: 50 });
  await using system = await startLoginSystem({ directory: slapd });
  const binds = async (): Promise<number> => {
    const counts = await Promise.all(
      system.replicas.map(({ program }) =>
        program.readMetric("drawbridge_directory_operations_total", { operation: "bind" }),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };

  for (const [what, body, headers, status] of badRequests) {
    await t.test(`${what}: ${status} with a code, no bind`, async () => {
      const before = await binds();
      const answer = await post(system, body, headers);
      assert.equal(answer.status, status, answer.body);
      const parsed = JSON.parse(answer.body) as { readonly error?: { readonly code?: unknown } };
      assert.match(String(parsed.error?.code), /^[a-z_]+$/);
      assert.ok(!answer.body.includes("u1\u0007") && answer.body.length < 500);
      assert.equal(await binds(), before);
    });
  }

  await t.test(
    "names that mean something to LDAP are names of nobody: 401, no bind, as any wrong password",
    async () => {
      const before = await binds();
      const wrong = await post(system, login({ username: "nobody", password: "x" }));
      for (const username of [
        "EXTERNAL",
        "PLAIN",
        "*",
        "*)(uid=*",
        "u1)(|(uid=*",
        "u1\\2a",
        "uid=u1,ou=people",
        "u*",
      ]) {
        const answer = await post(system, login({ username, password: slapd.password }));
        assert.equal(answer.status, 401, username);
        assert.deepEqual(withoutAttempt(answer.body), withoutAttempt(wrong.body));
      }
      assert.equal(await binds(), before);
    },
  );

  await t.test("by default an unknown name, a wrong password and a locked account answer alike", async () => {
    const bodies = await Promise.all([
      post(system, login({ username: "nobody", password: "wrong" })),
      post(system, login({ username: "u2", password: "wrong" })),
      post(system, login({ username: slapd.accounts.locked, password: "wrong" })),
    ]);
    const [first, ...others] = bodies.map(({ body }) => withoutAttempt(body));
    for (const other of others) assert.deepEqual(other, first);
  });

  await t.test("garbage on every bus subject is counted and refused, and logins go on", async () => {
    await system.gateway.login({ username: "u3", password: slapd.password });
    const { connector, gateway } = await strangers(system);
    const subjects = new Set(
      system.capture.messages.flatMap(({ subject, reply }) => (reply === "" ? [subject] : [subject, reply])),
    );
    let sent = 0;
    for (const subject of subjects) {
      for (const payload of ["", "{", '{"v":2}', "\u0000\u00ff", "[".repeat(5_000), "9".repeat(60_000)]) {
        connector.publish(subject, payload);
        gateway.publish(subject, payload, { reply: "drawbridge.v1.corp.gateway.x" });
        sent += 1;
      }
    }
    await Promise.all([connector.flush(), gateway.flush()]);
    await sleep(100);
    const refused = await Promise.all(
      [system.gateway, ...system.replicas.map(({ program }) => program)].map((program) =>
        program.readMetric("drawbridge_messages_refused_total"),
      ),
    );
    assert.ok(
      refused.every((count) => count > 0),
      `refused: ${refused.join(", ")} of ${sent}`,
    );
    assert.equal((await system.gateway.login({ username: "u3", password: slapd.password })).status, 200);
    await Promise.all([connector.close(), gateway.close()]);
  });

  await t.test("nothing of all that ended a process", () => {
    for (const program of [system.gateway, ...system.replicas.map((replica) => replica.program)]) {
      assert.equal(program.isRunning(), true);
    }
  });
});

/** Somebody who stole both bus credentials. */
async function strangers({ nats }: LoginSystem) {
  return { connector: await nats.connectAs("connector"), gateway: await nats.connectAs("gateway") };
}

function withoutAttempt(body: string): unknown {
  const { attempt, ...rest } = JSON.parse(body) as Record<string, unknown>;
  assert.equal(typeof attempt, "string");
  return rest;
}
