import assert from "node:assert/strict";
import { test } from "node:test";
import { GrantWindow } from "../../../src/connector/grant-window.ts";

test("the window starts at the claim, not when the grant arrived: a delayed grant is late", () => {
  let now = 1_400;
  const window = new GrantWindow(1_000, 500, () => now);
  assert.equal(window.open, true);
  now = 1_500;
  assert.equal(window.open, false);
});

test("a renewal counts from when it was asked for, not from when it was answered", async () => {
  let now = 1_000;
  const window = new GrantWindow(1_000, 500, () => now);
  now = 1_450;
  const sequence = window.nextSequence();
  const answered = window.ask(sequence);
  now = 1_900;
  window.renewed(sequence);
  assert.equal(await answered, true);
  assert.equal(window.open, true);
  now = 1_950;
  assert.equal(window.open, false);
});

test("a renewal that was not asked for, or is answered twice, opens nothing", async () => {
  let now = 1_000;
  const window = new GrantWindow(1_000, 500, () => now);
  const sequence = window.nextSequence();
  const answered = window.ask(sequence);
  window.renewed(sequence);
  await answered;
  now = 1_600;
  window.renewed(sequence);
  window.renewed(sequence + 1);
  assert.equal(window.open, false);
});

test("an unanswered question resolves false after a window's length", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const window = new GrantWindow(0, 500, () => 0);
  const answered = window.ask(window.nextSequence());
  t.mock.timers.tick(500);
  assert.equal(await answered, false);
});
