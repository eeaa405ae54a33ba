/**
 * A hundred thousand inputs that nobody would send: bodies, names, passwords and bus messages. Nothing fails, nothing is left unhandled,
 * and no bind is made with a name or a password that was not asked for.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Agent, request as sendRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as fc from "fast-check";
import { createApiCallers } from "../../../src/gateway/http/api-callers.ts";
import { startHttpServer } from "../../../src/gateway/http/server.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import type { Directory } from "../../../src/login/ports.ts";
import { createFakeDirectory } from "../../support/fake-directory.ts";
import { hostileNames } from "../../support/hostile-names.ts";
import { corp, startMemorySystem } from "../../support/memory-system.ts";
import type { MemorySystem } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";

const busInputs = 80_000;
const httpInputs = 20_000;
/** Printed by fast-check when it fails; a new one for each run. */
const seed = Date.now();

/** Finds everybody, under the name that was asked for, and lets nobody in. */
function recordingDirectory() {
  const binds: (readonly [name: string, password: string])[] = [];
  const fake = createFakeDirectory([]);
  const directory: Directory = {
    controller: () => fake.controller(),
    onControllerChange: (listener) => fake.onControllerChange(listener),
    checkSuspicion: async () => ({ kind: "unmoved" }),
    readIdentity: async () => ({ kind: "unavailable", fault: "directory_unreachable" }),
    judge: (...args) => fake.judge(...args),
    findAccountBy: (...args) => fake.findAccountBy(...args),
    async findAccount(name) {
      const controller = fake.controller();
      if (controller === undefined) return { kind: "none" };
      return { kind: "found", account: { controller, distinguishedName: name.text } };
    },
    async bind(account, password, context) {
      const evidence = { controller: account.controller, confirm: false };
      if ((await context.permitBind(evidence)) === "expired") return { kind: "not_sent", why: "expired" };
      binds.push([account.distinguishedName, password.reveal()]);
      return { kind: "denied", reason: "bad_credentials" };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { directory, binds };
}

function defectsOf({ seen, replicas }: MemorySystem): readonly unknown[] {
  return [...seen, ...replicas.flatMap((replica) => replica.seen)].filter(({ name }) => name === "defect");
}

test(
  `${busInputs} bus messages: each is refused or harmless, and none makes a bind`,
  { timeout: 120_000 },
  async () => {
    const { directory, binds } = recordingDirectory();
    using system = await startMemorySystem([directory, directory]);
    await system.login("ada", "wrong");
    const recorded = system.bus.log.slice();
    const thief = system.bus.connect();
    const json = fc.jsonValue();
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      json.map((value) => Buffer.from(JSON.stringify(value))),
    );
    /** A message that was on the bus, with one field of it replaced. */
    const mutated = fc.tuple(fc.nat(), fc.nat(), json).map(([which, field, value]) => {
      const { payload } = recorded[which % recorded.length] ?? { payload: Buffer.from("{}") };
      const message = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
      const fields = Object.keys(message);
      return Buffer.from(JSON.stringify({ ...message, [fields[field % fields.length] ?? "v"]: value }));
    });
    const inputs = fc.sample(fc.tuple(fc.nat(), fc.oneof(garbage, mutated)), { numRuns: busInputs, seed });
    const before = system.bus.log.length;
    for (const [index, [where, payload]] of inputs.entries()) {
      const { subject, reply } = recorded[where % recorded.length] ?? { subject: "x" };
      thief.publish(subject, payload, index % 3 === 0 ? undefined : reply);
      // Delivered as they come, so that memory holds no more than a few.
      if (index % 100 === 0) await nextTurn();
    }
    await nextTurn();
    assert.ok(system.bus.log.length - before >= busInputs);
    assert.deepEqual(binds, [["ada", "wrong"]], `seed ${seed}`);
    assert.deepEqual(defectsOf(system), [], `seed ${seed}`);
  },
);

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function post(port: number, body: Buffer, type = "application/json"): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": type };
    sendRequest(
      { port, host: "127.0.0.1", path: "/v1/login", method: "POST", agent, headers },
      (answer: IncomingMessage) => {
        answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
      },
    )
      .once("error", reject)
      .end(body);
  });
}

test(
  `${httpInputs} bodies, names and passwords: a clear answer to each, and no bind that was not asked for`,
  { timeout: 120_000 },
  async () => {
    const { directory, binds } = recordingDirectory();
    using system = await startMemorySystem([directory, directory]);
    const { events, seen } = recordEvents();
    const server = await startHttpServer({
      host: "127.0.0.1",
      port: 0,
      tls: undefined,
      trustedProxies: [],
      authenticate: (attempt) => system.authenticate(attempt),
      operate: () => Promise.reject(new Error("no operation is asked for here")),
      callers: createApiCallers([]),
      connections: new Set([corp]),
      disclosure: "proven",
      loginDeadlineMs: 5_000,
      newAttemptId: () => createAttemptId(randomBytes),
      random: Math.random,
      events,
    });
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.string({ maxLength: 40 }),
      fc.constantFrom(...hostileNames),
    );
    const asked = fc.record({ username: text, password: text });
    const body = fc.oneof(
      { weight: 3, arbitrary: asked.map((login) => Buffer.from(JSON.stringify(login))) },
      {
        weight: 1,
        arbitrary: fc
          .dictionary(fc.constantFrom("username", "password", "connection", "__proto__", "x"), fc.jsonValue())
          .map((login) => Buffer.from(JSON.stringify(login))),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: fc.json().map((login) => Buffer.from(login)) },
    );
    const inputs = fc.sample(body, { numRuns: httpInputs, seed });
    const sent = new Set(inputs.map(loginIn));
    const statuses = new Map<number, number>();
    const queue = inputs.values();
    const worker = async (): Promise<void> => {
      for (const input of queue) {
        const status = await post(server.port, input);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    assert.deepEqual(
      [...statuses.keys()].toSorted((one, other) => one - other),
      [400, 401],
      `seed ${seed}`,
    );
    assert.ok(binds.length > httpInputs / 4, "hardly anything was a login: the test tested little");
    for (const bind of binds) assert.ok(sent.has(JSON.stringify(bind)), `seed ${seed}`);
    assert.deepEqual(
      [...defectsOf(system), ...seen.filter(({ name }) => name === "defect")],
      [],
      `seed ${seed}`,
    );
    agent.destroy();
    await server.close();
  },
);

/** What a body asks for, if it asks for a login. */
function loginIn(body: Buffer): string {
  try {
    const { username, password } = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
    return JSON.stringify([username, password]);
  } catch {
    return "";
  }
}
