import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Pace } from "../../../src/gateway/pace.ts";
import { createProcessId } from "../../../src/protocol/subjects.ts";

const fast = createProcessId(randomBytes);
const other = createProcessId(randomBytes);
const slow = createProcessId(randomBytes);

function setUp() {
  const clock = { now: 0 };
  const pace = new Pace(() => clock.now);
  const logins = (count: number, slowMs: number): (string | undefined)[] =>
    Array.from({ length: count }, () => {
      pace.took(fast, 10);
      pace.took(other, 12);
      return pace.took(slow, slowMs);
    });
  return { clock, pace, logins };
}

test("a replica that is ten times slower is found out, once", () => {
  const { pace, logins } = setUp();
  assert.deepEqual(
    logins(20, 100).filter((change) => change !== undefined),
    ["slow"],
  );
  assert.ok(pace.isSlow(slow) && !pace.isSlow(fast) && !pace.isSlow(other));
});

test("one slow login, or a few milliseconds, make nobody slow", () => {
  const { pace, logins } = setUp();
  logins(20, 11);
  pace.took(slow, 200);
  pace.took(slow, 15);
  assert.equal(pace.anySlow, false);
  logins(50, 28);
  assert.equal(pace.anySlow, false);
});

test("when all are slow nobody is", () => {
  const { pace } = setUp();
  for (let n = 0; n < 50; n += 1) for (const replica of [fast, other, slow]) pace.took(replica, 900);
  assert.equal(pace.anySlow, false);
});

test("a slow one is tried once a second, and trusted again when it has come right", () => {
  const { clock, pace, logins } = setUp();
  logins(20, 100);
  assert.equal(pace.isDue(slow), false, "it has only just been found out");
  clock.now += 1_000;
  assert.equal(pace.isDue(slow), true);
  pace.tried(slow);
  assert.equal(pace.isDue(slow), false);
  const changes = Array.from({ length: 8 }, () => pace.took(slow, 10));
  assert.ok(changes.includes("steady"));
  assert.equal(pace.anySlow, false);
});

test("alone, a replica is compared with nobody", () => {
  const pace = new Pace(() => 0);
  for (let n = 0; n < 50; n += 1) pace.took(slow, 5_000);
  assert.equal(pace.anySlow, false);
});
