import assert from "node:assert/strict";
import { test } from "node:test";
import { Isolation } from "../../../src/gateway/isolation.ts";

const stepMs = 250;

/** Lets time pass; each time that the server is left, another one is tried and the span begins anew. @returns the spans that were waited. */
function waits(
  isolation: Isolation,
  clock: { now: number },
  forMs: number,
  othersAreWell = false,
): readonly number[] {
  const left: number[] = [];
  let sinceMs = clock.now;
  for (const endMs = clock.now + forMs; clock.now < endMs; clock.now += stepMs) {
    if (!isolation.isDue(clock.now - sinceMs, othersAreWell)) continue;
    left.push(clock.now - sinceMs);
    sinceMs = clock.now;
  }
  return left;
}

test("a server through which nobody is reached is left after a second", () => {
  const clock = { now: 0 };
  assert.deepEqual(waits(new Isolation(() => clock.now), clock, 1_500), [1_000]);
});

test("where no server leads to a replica, they are left less and less often", () => {
  const clock = { now: 0 };
  const spans = waits(new Isolation(() => clock.now), clock, 3_600_000);
  assert.deepEqual(spans.slice(0, 5), [1_000, 2_000, 4_000, 8_000, 16_000]);
  assert.equal(Math.max(...spans), 300_000);
});

test("whose connectors are gone does not have the others' server left again and again", () => {
  const clock = { now: 0 };
  const isolation = new Isolation(() => clock.now);
  assert.deepEqual(waits(isolation, clock, 3_600_000, true), [1_000, 2_000, 4_000, 8_000, 16_000]);
  assert.equal(isolation.isDue(3_600_000, true), false);
  assert.equal(isolation.isDue(3_600_000, false), true, "with nobody to disturb, it is left again");
});

test("once replicas have been reached for a while, the next broken server is left at once again", () => {
  const clock = { now: 0 };
  const isolation = new Isolation(() => clock.now);
  waits(isolation, clock, 20_000);
  for (const endMs = clock.now + 40_000; clock.now < endMs; clock.now += stepMs) {
    assert.equal(isolation.isDue(0, true), false);
  }
  assert.deepEqual(waits(isolation, clock, 1_500), [1_000]);
});
