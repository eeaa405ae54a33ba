/**
 * A login from the gateway to a directory and back, with every part of the wire, in one process.
 *
 * What is asserted everywhere besides the verdict: a wrong password counted at most once.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Deadline } from "../../../src/login/deadline.ts";
import { createProcessId, loginSubject, replicaInbox } from "../../../src/protocol/subjects.ts";
import { createFakeDirectory, rightPassword } from "../../support/fake-directory.ts";
import type { FakeDirectory } from "../../support/fake-directory.ts";
import { corp, startMemorySystem } from "../../support/memory-system.ts";
import type { MemoryReplica, MemorySystem } from "../../support/memory-system.ts";

/** Runs `cut` on the replica that is about to bind, or has just bound, and nothing on the others. */
function cutReplicaAt(
  point: "beforeBind" | "afterBind" | "beforeSearch",
  directories: readonly FakeDirectory[],
  system: MemorySystem,
): { cut?: MemoryReplica } {
  const state: { cut?: MemoryReplica } = {};
  directories.forEach((directory, index) => {
    directory[point] = () => {
      const replica = system.replicas[index];
      if (state.cut !== undefined || replica === undefined) return;
      state.cut = replica;
      replica.bus.cut();
    };
  });
  return state;
}

/** Views of one directory, so that each replica has hooks of its own and the counters are shared. */
function views(count: number, confirm = false): readonly FakeDirectory[] {
  const shared = createFakeDirectory(["ada"], confirm);
  return Array.from({ length: count }, () => {
    const own: FakeDirectory = Object.create(shared);
    const hooks = { beforeBind: () => {}, afterBind: () => {}, beforeSearch: () => {} };
    Object.assign(own, hooks, {
      bind: (...args: Parameters<FakeDirectory["bind"]>) =>
        withHooks(shared, own, () => shared.bind(...args)),
      findAccount: (...args: Parameters<FakeDirectory["findAccount"]>) =>
        withHooks(shared, own, () => shared.findAccount(...args)),
    });
    return own;
  });
}

async function withHooks<T>(shared: FakeDirectory, own: FakeDirectory, run: () => Promise<T>): Promise<T> {
  shared.beforeBind = own.beforeBind;
  shared.afterBind = own.afterBind;
  shared.beforeSearch = own.beforeSearch;
  return run();
}

test("a right password is accepted, a wrong one and an unknown name are denied", async () => {
  const directory = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([directory, directory, directory]);
  const accepted = await system.login("ada", rightPassword);
  assert.equal(accepted.outcome, "accepted");
  assert.deepEqual(await system.login("ada", "wrong"), { outcome: "denied", reason: "bad_credentials" });
  assert.deepEqual(await system.login("nobody", "wrong"), { outcome: "denied", reason: "unknown_account" });
  assert.equal(directory.failures.get("ada"), 1);
});

test("without any replica the answer is no_connector, at once", async () => {
  using system = await startMemorySystem([]);
  assert.deepEqual(await system.login("ada", rightPassword), {
    outcome: "unavailable",
    fault: "no_connector",
  });
  assert.equal(system.seen.filter(({ name }) => name === "announceRepeated").length, 0);
});

test("a replica without a controller leaves the queue group and takes logins again when one is back", async () => {
  const directory = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([directory]);
  directory.setAvailable(false);
  const verdict = await system.login("ada", rightPassword);
  assert.equal(verdict.outcome, "unavailable");
  directory.setAvailable(true);
  assert.equal((await system.login("ada", rightPassword)).outcome, "accepted");
});

test("a full replica says busy, and the login goes on to the next", async () => {
  const [full, free] = [createFakeDirectory(["ada"]), createFakeDirectory(["ada"])];
  using system = await startMemorySystem([full, free], 1);
  const held = Promise.withResolvers<void>();
  full.beforeSearch = () => held.promise;
  free.beforeSearch = () => undefined;
  const verdicts = Array.from({ length: 6 }, () => system.login("ada", rightPassword));
  await pause(300);
  held.resolve();
  for (const verdict of await Promise.all(verdicts)) assert.equal(verdict.outcome, "accepted");
});

test("a gateway that has its hands full says so at once, and only then", async () => {
  const directory = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([directory], 64, 2);
  const held = Promise.withResolvers<void>();
  directory.beforeSearch = () => held.promise;
  const waiting = [system.login("ada", rightPassword), system.login("ada", rightPassword)];
  const refused = { outcome: "unavailable", fault: "gateway_busy" };
  assert.deepEqual(await system.login("ada", rightPassword), refused);
  assert.deepEqual(await system.login("ada", rightPassword), refused);
  held.resolve();
  for (const verdict of await Promise.all(waiting)) assert.equal(verdict.outcome, "accepted");
  assert.equal((await system.login("ada", rightPassword)).outcome, "accepted");
});

for (const confirm of [false, true]) {
  const kind = confirm ? "without a clock" : "with a clock";

  test(`a replica cut off right after its bind: the wrong password counts once (directory ${kind})`, async () => {
    const directories = views(3, confirm);
    using system = await startMemorySystem(directories);
    const state = cutReplicaAt("afterBind", directories, system);
    assert.deepEqual(await system.login("ada", "wrong"), { outcome: "denied", reason: "bad_credentials" });
    assert.ok(state.cut !== undefined, "no replica was cut: the test tested nothing");
    assert.equal(directories[0]?.failures.get("ada"), 1);
    assert.equal(directories[0]?.binds, 1);
  });

  test(`a replica cut off after the grant and before its bind: the next one binds (directory ${kind})`, async () => {
    const directories = views(3, confirm);
    using system = await startMemorySystem(directories);
    const state = cutReplicaAt("beforeSearch", directories, system);
    assert.equal((await system.login("ada", rightPassword)).outcome, "accepted");
    assert.ok(state.cut !== undefined, "no replica was cut: the test tested nothing");
  });
}

test("a bind that takes long is waited for while its replica says that it works, and answered once", async () => {
  const directories = views(2);
  using system = await startMemorySystem(directories);
  const late = Promise.withResolvers<void>();
  let first = true;
  for (const directory of directories) {
    directory.afterBind = () => {
      if (!first) return undefined;
      first = false;
      return late.promise;
    };
  }
  const verdict = system.login("ada", rightPassword);
  await pause(900);
  late.resolve();
  assert.equal((await verdict).outcome, "accepted");
  assert.equal(system.seen.filter(({ name }) => name === "loginEnded").length, 1);
});

test("the gateway's own connection breaks after the grant: the verdict is fetched after the reconnect", async () => {
  const directory = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([directory]);
  directory.afterBind = () => {
    system.gatewayBus.cut();
    setTimeout(() => system.gatewayBus.heal(), 300);
  };
  assert.deepEqual(await system.login("ada", "wrong"), { outcome: "denied", reason: "bad_credentials" });
  assert.equal(directory.binds, 1);
  assert.ok(
    system.seen.some(({ name, fields }) => name === "grantSilent" && fields["answer"] === "finished"),
  );
});

test("a draining replica finishes what it was granted and takes nothing new", async () => {
  const directory = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([directory]);
  const [replica] = system.replicas;
  assert.ok(replica !== undefined);
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  directory.afterBind = () => {
    reached.resolve();
    return held.promise;
  };
  const granted = system.login("ada", rightPassword);
  await reached.promise;
  const drained = replica.connector.drain(Deadline.after(3_000));
  const refused = await system.login("ada", rightPassword);
  assert.equal(refused.outcome, "unavailable");
  held.resolve();
  await drained;
  assert.equal((await granted).outcome, "accepted");
});

test("a claim that nobody proves holds a login up for less than its proof may take, while another replica is there", async () => {
  const directory = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([directory]);
  const [stranger, replica] = [system.bus.connect(), createProcessId(randomBytes)];
  const digest = (): string => randomBytes(16).toString("base64url");
  const claimed = Promise.withResolvers<void>();
  stranger.subscribe(loginSubject(corp, "password"), {
    queue: "connectors",
    onMessage({ payload, reply = "" }) {
      const { attempt } = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
      const claim = { v: 1, type: "claim", attempt, id: digest(), replica, certificate: digest() };
      const place = {
        inbox: replicaInbox(corp, replica, 1),
        controller: "dc1.example.test:636",
        freeSlots: 9,
      };
      stranger.publish(reply, Buffer.from(JSON.stringify({ ...claim, ...place })));
      claimed.resolve();
    },
  });
  let asked = false;
  while (!asked) {
    const verdict = system.login("ada", rightPassword);
    asked = await Promise.race([claimed.promise.then(() => true), verdict.then(() => false)]);
    assert.equal((await verdict).outcome, "accepted");
  }
  assert.ok(!system.seen.some(({ name }) => name === "sessionRefused"), "the login waited for the stranger");
});

test("garbage on every subject is counted and refused, and logins go on", async () => {
  const directory = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([directory]);
  await system.login("ada", rightPassword);
  const subjects = new Set([...system.bus.log.map(({ subject }) => subject), loginSubject(corp, "password")]);
  const stranger = system.bus.connect();
  const reply = system.bus.log.find((message) => message.reply !== undefined)?.reply;
  assert.ok(reply !== undefined);
  for (const subject of subjects) {
    for (const payload of ["", "{", "[]", '{"v":2,"type":"announce"}', "\u0000", "x".repeat(70_000)]) {
      stranger.publish(subject, Buffer.from(payload), reply);
      stranger.publish(subject, Buffer.from(payload));
    }
  }
  for (const { subject, payload } of system.bus.log.slice()) stranger.publish(subject, payload, reply);
  await pause(50);
  const refused = [...system.seen, ...(system.replicas[0]?.seen ?? [])].filter(
    ({ name }) => name === "messageRefused",
  );
  assert.ok(refused.length >= subjects.size * 6, `only ${refused.length} refusals were counted`);
  assert.equal((await system.login("ada", rightPassword)).outcome, "accepted");
  assert.equal(directory.binds, 2, "a replayed grant was bound again");
});
