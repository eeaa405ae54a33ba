import assert from "node:assert/strict";
import { test } from "node:test";
import { Patience } from "../../../../src/directory/controllers/patience.ts";

function after(times: readonly number[]): number {
  const patience = new Patience(1_000);
  for (const ms of times) patience.took(ms);
  return patience.ms;
}

const often = (ms: number): readonly number[] => Array.from({ length: 100 }, () => ms);

test("nothing known yet: as long as is allowed", () => {
  assert.equal(after([]), 1_000);
});

test("a fast controller is left soon, but not for a pause", () => {
  assert.equal(after(often(2)), 150);
});

test("a controller that is slow under load is given the time that it takes", () => {
  const ms = after(often(200));
  assert.ok(ms >= 400 && ms < 500, `${ms}`);
});

test("what was waited for in vain lengthens it, within its bound", () => {
  assert.ok(after([...often(2), 150, 150, 150]) > 150);
  assert.equal(after(often(5_000)), 1_000);
});
