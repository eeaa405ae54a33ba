import assert from "node:assert/strict";
import { test } from "node:test";
import { PhaseStopwatch } from "../../../src/connector/phase-stopwatch.ts";
import { Deadline } from "../../../src/login/deadline.ts";

test("each phase has the time that was spent in it, one that comes again too", () => {
  let nowMs = 0;
  const stopwatch = new PhaseStopwatch(Deadline.after(1_000, () => nowMs));
  nowMs = 5;
  stopwatch.enter("binding");
  nowMs = 12;
  stopwatch.enter("binding");
  nowMs = 20;
  stopwatch.enter("enriching");
  nowMs = 21;
  assert.deepEqual(stopwatch.phasesMs, { searching: 5, binding: 15, enriching: 1 });
});
