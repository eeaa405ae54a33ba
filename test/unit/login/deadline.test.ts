import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../../src/login/deadline.ts";

test("time runs down to nothing and not below", () => {
  let now = 1_000;
  const deadline = Deadline.after(500, () => now);
  assert.equal(deadline.remainingMs, 500);
  now = 1_499;
  assert.equal(deadline.passed, false);
  now = 9_999;
  assert.equal(deadline.remainingMs, 0);
  assert.equal(deadline.passed, true);
});

test("a part of a login never gets more time than the login", () => {
  let now = 0;
  const deadline = Deadline.after(500, () => now);
  assert.equal(deadline.sooner(200).remainingMs, 200);
  now = 400;
  assert.equal(deadline.sooner(200).remainingMs, 100);
});
