import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Replicas } from "../../../src/gateway/replicas.ts";
import type { Heartbeat } from "../../../src/protocol/messages.ts";
import { createProcessId, replicaInbox } from "../../../src/protocol/subjects.ts";
import { madeHeartbeat as beat } from "../../support/made-heartbeat.ts";
import { corp } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";

const none: ReadonlySet<never> = new Set();

function setUp(beats: readonly Heartbeat[]) {
  const clock = { now: 0 };
  const { events, seen: all } = recordEvents();
  const seen = {
    get names() {
      return all.map(({ name }) => name).filter((name) => name !== "replicasReady");
    },
  };
  const replicas = new Replicas(corp, events, () => clock.now, Math.random);
  for (const one of beats) replicas.heard(one);
  const pass = (ms: number, beating: readonly Heartbeat[]): void => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.now += 250;
      for (const one of beating) replicas.heard(one);
      replicas.sweep();
    }
  };
  return { replicas, seen, clock, pass };
}

test("while all is well the queue group is asked", () => {
  const beats = [beat(), beat(), beat()];
  const { replicas, pass } = setUp(beats);
  pass(2_000, beats);
  assert.equal(replicas.choose("password", none), undefined);
});

test("a replica that stops beating is walked around until it beats again", () => {
  const [frozen, one, two] = [beat(), beat(), beat()];
  const { replicas, seen, pass } = setUp([frozen, one, two]);
  pass(1_000, [one, two]);
  for (let n = 0; n < 50; n += 1) assert.notEqual(replicas.choose("password", none)?.replica, frozen.replica);
  assert.ok(
    replicas.choose("password", none) !== undefined,
    "the queue group would still pick the frozen one",
  );
  assert.deepEqual(seen.names, ["replicaSuspected"]);
  replicas.heard(frozen);
  assert.equal(replicas.choose("password", none), undefined);
});

test("a claim that nobody made keeps announces away from the queue group until the silent one shows", () => {
  const beats = [beat(), beat()];
  const { replicas, pass } = setUp(beats);
  replicas.missedByQueue();
  assert.ok(replicas.choose("password", none) !== undefined);
  pass(1_500, beats);
  assert.equal(replicas.choose("password", none), undefined);
});

test("a method that not every replica offers is asked of those that do", () => {
  const beats = [beat(), beat(), beat()];
  const [able, ...others] = beats;
  assert.ok(able !== undefined);
  const { replicas, pass } = setUp(beats);
  assert.equal(replicas.anyKnown("kerberos"), false);
  replicas.offered(able.replica, "kerberos");
  assert.equal(replicas.anyKnown("kerberos"), true);
  assert.equal(replicas.choose("kerberos", none), undefined, "all well: its own queue group is asked");
  pass(1_000, [able, ...others.slice(1)]);
  for (let n = 0; n < 50; n += 1) assert.equal(replicas.choose("kerberos", none)?.replica, able.replica);
  assert.equal(replicas.choose("certificate", none), undefined);
  pass(12_000, others);
  assert.equal(replicas.anyKnown("kerberos"), false);
});

test("a draining replica is neither asked nor suspected", () => {
  const [leaving, staying] = [beat(), beat()];
  const { replicas, seen, pass } = setUp([leaving, staying]);
  replicas.heard({ ...leaving, state: "draining" });
  pass(1_000, [staying]);
  assert.equal(
    replicas.choose("password", new Set([createProcessId(randomBytes)]))?.replica,
    staying.replica,
  );
  assert.deepEqual(seen.names, []);
});

test("nobody is missed where the last one said that it goes, until one is heard again", () => {
  const [first, last] = [beat(), beat()];
  const { replicas, pass } = setUp([first, last]);
  replicas.heard({ ...first, state: "draining" });
  replicas.heard({ ...last, state: "draining" });
  pass(5_000, []);
  assert.equal(replicas.cutOffMs, 0);
  replicas.heard(beat());
  pass(5_000, []);
  assert.equal(replicas.cutOffMs, 5_000);
});

test("of two at random the less busy one is asked, and those that were tried come last", () => {
  const [busy, idle] = [beat({ freeSlots: 4 }), beat({ freeSlots: 63 })];
  const { replicas } = setUp([busy, idle]);
  replicas.missedByQueue();
  const picks = Array.from({ length: 400 }, () => replicas.choose("password", none)?.replica);
  const idleShare = picks.filter((replica) => replica === idle.replica).length / picks.length;
  assert.ok(idleShare > 0.6, `the idle one got ${idleShare}`);
  assert.equal(replicas.choose("password", new Set([idle.replica]))?.replica, busy.replica);
});

test("where one has far more to do than another, the lot is not cast until they are even again", async () => {
  const [long, short] = [beat({ freeSlots: 60 }), beat({ freeSlots: 4 })];
  const { replicas } = setUp([long, short]);
  const turn = Promise.withResolvers<void>();
  const give = (count: number): Promise<void>[] =>
    Array.from({ length: count }, () => replicas.during(long.replica, turn.promise));
  const first = give(7);
  assert.equal(replicas.choose("password", none), undefined);
  const all = [...first, ...give(1)];
  const picks = Array.from({ length: 400 }, () => replicas.choose("password", none)?.replica);
  const shortShare = picks.filter((replica) => replica === short.replica).length / picks.length;
  assert.ok(shortShare > 0.6, `the less busy one got ${shortShare}`);
  turn.resolve();
  await Promise.all(all);
  assert.equal(replicas.choose("password", none), undefined);
});

test("long lines that are alike are left to the lot", () => {
  const beats = [beat(), beat()];
  const { replicas } = setUp(beats);
  const never = new Promise<void>(() => {});
  for (const [index, count] of [40, 24].entries())
    for (let n = 0; n < count; n += 1) void replicas.during(beats[index]?.replica ?? assert.fail(), never);
  assert.equal(replicas.choose("password", none), undefined);
});

test("time in which this gateway itself stood still is held against nobody", () => {
  const beats = [beat(), beat()];
  const { replicas, seen, clock, pass } = setUp(beats);
  pass(1_000, beats);
  clock.now += 5_000;
  replicas.sweep();
  assert.deepEqual(seen.names, []);
  assert.equal(replicas.choose("password", none), undefined);
});

test("a forged flood of heartbeats stays bounded", () => {
  const { replicas } = setUp(Array.from({ length: 5_000 }, () => beat()));
  assert.equal(replicas.live.length, 1_000);
});

test("a replica that is far slower than the others is walked around, and tried once in a while", () => {
  const [slow, one, two] = [beat(), beat(), beat()];
  const { replicas, seen, pass } = setUp([slow, one, two]);
  for (let n = 0; n < 20; n += 1) {
    replicas.took(one.replica, 10);
    replicas.took(two.replica, 10);
    replicas.took(slow.replica, 150);
  }
  assert.deepEqual(seen.names, ["replicaSuspected"]);
  for (let n = 0; n < 50; n += 1) assert.notEqual(replicas.choose("password", none)?.replica, slow.replica);
  pass(1_000, [slow, one, two]);
  assert.equal(replicas.choose("password", none)?.replica, slow.replica, "one login, to see how it is");
  for (let n = 0; n < 50; n += 1) assert.notEqual(replicas.choose("password", none)?.replica, slow.replica);
});

test("a replica that beats and is not reached is walked around, and tried again after a while", () => {
  const [lost, one] = [beat(), beat()];
  const { replicas, seen, pass } = setUp([lost, one]);
  replicas.unreached(lost.replica, lost.inbox);
  pass(2_500, [lost, one]);
  for (let n = 0; n < 50; n += 1) assert.equal(replicas.choose("password", none)?.replica, one.replica);
  pass(1_000, [lost, one]);
  assert.ok(replicas.ready.some(({ replica }) => replica === lost.replica));
  replicas.reached(lost.replica);
  assert.deepEqual(seen.names, ["replicaSuspected", "replicaTrusted"]);
});

test("a replica that is not reached at its earlier inbox is not doubted at its new one", () => {
  const [before, other] = [beat(), beat()];
  const { replicas } = setUp([before, other]);
  const after = { ...before, inbox: replicaInbox(corp, before.replica, 2) };
  replicas.unreached(before.replica, before.inbox);
  replicas.heard(after);
  replicas.unreached(before.replica, before.inbox);
  assert.equal(replicas.live.length, 2);
});

test("cut off is who hears nobody, or tries those that beat again and again in vain", () => {
  const [lost, other] = [beat(), beat()];
  const { replicas, pass, clock } = setUp([lost, other]);
  replicas.unreached(lost.replica, lost.inbox);
  pass(3_000, [lost, other]);
  assert.equal(replicas.cutOffMs, 0, "one failure says nothing");
  replicas.unreached(lost.replica, lost.inbox);
  assert.equal(replicas.cutOffMs, 300, "the other one does the work");
  replicas.unreached(other.replica, other.inbox);
  pass(3_500, [lost, other]);
  replicas.unreached(other.replica, other.inbox);
  assert.equal(replicas.cutOffMs, 3_000, "nobody is reached");
  replicas.reconnected();
  assert.equal(replicas.cutOffMs, 0, "another server may lead to them");
  clock.now += 5_000;
  assert.equal(replicas.cutOffMs, 5_000, "nobody is heard");
});

test("a replica that beats and misses one claim after the other is walked around for longer than its next beat", () => {
  const [mute, one] = [beat(), beat()];
  const { replicas, seen, pass } = setUp([mute, one]);
  replicas.missed(mute);
  replicas.heard(mute);
  assert.equal(replicas.live.length, 2, "one may have come at a bad moment");
  replicas.missed(mute);
  pass(2_000, [mute, one]);
  for (let n = 0; n < 50; n += 1) assert.equal(replicas.choose("password", none)?.replica, one.replica);
  assert.ok(seen.names.includes("replicaSuspected"));
});

test("a claim, however late, ends the row of missed ones", () => {
  const [late, one] = [beat(), beat()];
  const { replicas } = setUp([late, one]);
  for (let n = 0; n < 5; n += 1) {
    replicas.missed(late);
    replicas.claimed(late);
    replicas.heard(late);
  }
  assert.equal(replicas.live.length, 2);
});
