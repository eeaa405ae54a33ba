import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ReplayWindow } from "../../../src/protocol/replay-window.ts";

const windowSize = 1_024;

test("no number is admitted twice, in whatever order they come, and none that is too old to tell", () => {
  const numbers = fc.array(fc.nat({ max: 3 * windowSize }), { maxLength: 500 });
  fc.assert(
    fc.property(numbers, (order) => {
      const window = new ReplayWindow();
      const opened = new Set<number>();
      let highest = -1;
      for (const n of order) {
        const isNew = !opened.has(n) && n > highest - windowSize;
        assert.equal(window.admits(n), isNew);
        if (!isNew) continue;
        window.opened(n);
        opened.add(n);
        highest = Math.max(highest, n);
        assert.equal(window.reached, highest + 1);
      }
    }),
  );
});

test("what a change of servers delivers late is still opened", () => {
  const window = new ReplayWindow();
  for (const n of [0, 1, 5, 6, 2, 4, 3]) {
    assert.ok(window.admits(n), String(n));
    window.opened(n);
  }
  for (const n of [0, 1, 2, 3, 4, 5, 6]) assert.ok(!window.admits(n), String(n));
});

test("a forged number that was never opened is not used up", () => {
  const window = new ReplayWindow();
  assert.ok(window.admits(9));
  assert.ok(window.admits(9));
});
