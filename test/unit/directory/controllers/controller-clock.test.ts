import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerClock } from "../../../../src/directory/controllers/controller-clock.ts";

test("one reading tells the clock to within a second and the answer's time", () => {
  const clock = new ControllerClock();
  clock.told(60_000, 100, 110);
  assert.deepEqual(clock.at(100), { earliestMs: 59_990, latestMs: 61_000 });
  assert.equal(clock.uncertaintyMs, 1_010);
});

test("readings on both sides of a change of second tell it to within the time between them", () => {
  const clock = new ControllerClock();
  clock.told(60_000, 100, 110);
  clock.told(60_000, 150, 160);
  clock.told(61_000, 200, 210);
  // At 200…210 it was 61 s at the least; at 150 it was less than 61 s.
  assert.deepEqual(clock.at(205), { earliestMs: 60_995, latestMs: 61_055 });
});
