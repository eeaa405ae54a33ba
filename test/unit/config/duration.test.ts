import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "../../../src/config/duration.ts";

test("a duration is a whole number and a unit", () => {
  const cases = { "250ms": 250, "5s": 5_000, "10m": 600_000, "1h": 3_600_000, "0s": 0 };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms);
});

test("anything else is no duration: nobody guesses a unit", () => {
  for (const text of ["", "5", "5 s", "-5s", "1.5s", "5S", "5sec", "1h30m", "9999999999s", "constructor"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});
