import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../../src/login/deadline.ts";
import { DenialPace } from "../../../src/verifiers/denial-pace.ts";

test("a wait is as long as one of the last wrong passwords took", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const picks = [0, 0.5, 0.99];
  const pace = new DenialPace(() => picks.shift() ?? 0);
  // Of these the oldest is forgotten.
  for (let ms = 100; ms < 165; ms += 1) pace.took(ms);
  for (const expectedMs of [101, 133, 164]) {
    let isOver = false;
    const waited = pace.wait(Deadline.after(10_000)).then(() => (isOver = true));
    t.mock.timers.tick(expectedMs - 1);
    await Promise.resolve();
    assert.equal(isOver, false, `${expectedMs} ms are not over yet`);
    t.mock.timers.tick(1);
    await waited;
  }
});

test("a wait ends with the deadline, and there is one before anybody mistyped", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const pace = new DenialPace(() => 0);
  const first = pace.wait(Deadline.after(10_000));
  t.mock.timers.tick(10);
  await first;
  pace.took(5_000);
  const cut = pace.wait(Deadline.after(20, () => 0));
  t.mock.timers.tick(20);
  await cut;
});
