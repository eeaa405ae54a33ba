import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Admission } from "../../../src/connector/admission.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import type { ControllerName } from "../../../src/login/ports.ts";
import { claimKeptMs, verdictKeptMs } from "../../../src/protocol/timing.ts";

const controller = "dc1.example.test:636" as ControllerName;
const verdict = { type: "verdict", verdict: { outcome: "denied", reason: "bad_credentials" } } as const;
const newId = () => createAttemptId(randomBytes);

test("claims hold slots, and beyond the limit there are none", () => {
  const admission = new Admission(2, () => 0);
  assert.ok(admission.claim(newId(), controller) !== undefined);
  assert.ok(admission.claim(newId(), controller) !== undefined);
  assert.equal(admission.claim(newId(), controller), undefined);
  assert.equal(admission.freeSlots, 0);
});

test("a slot that is lent is free for others, and taken back when the wait is over", () => {
  const admission = new Admission(1, () => 0);
  assert.ok(admission.claim(newId(), controller) !== undefined);
  const lent = admission.lend();
  assert.equal(admission.freeSlots, 1);
  assert.ok(admission.claim(newId(), controller) !== undefined);
  assert.equal(admission.freeSlots, 0);
  lent[Symbol.dispose]();
  assert.equal(admission.freeSlots, 0);
  assert.equal(admission.inFlight, 2);
});

test("slots are lent within a bound, however many wait", () => {
  const admission = new Admission(1, () => 0);
  using lent = new DisposableStack();
  for (let n = 0; n < 2_000; n += 1) lent.use(admission.lend());
  assert.equal(admission.freeSlots, 1_025);
});

test("a claim that no grant followed frees its slot by itself", () => {
  let now = 0;
  const admission = new Admission(1, () => now);
  const first = newId();
  const lapsed = admission.claim(first, controller)?.id ?? "";
  now = claimKeptMs + 1;
  assert.ok(admission.claim(newId(), controller) !== undefined);
  assert.equal(admission.takeClaim(first, lapsed), undefined);
});

test("a revoked attempt is never begun, whatever grant arrives later", () => {
  const admission = new Admission(1, () => 0);
  const id = newId();
  const claim = admission.claim(id, controller)?.id ?? "";
  admission.withdraw(id);
  assert.equal(admission.takeClaim(id, claim), undefined);
  assert.equal(admission.freeSlots, 1);
});

test("a verdict is kept so that it can be said again, even when the attempt is claimed anew", () => {
  let now = 0;
  const admission = new Admission(1, () => now);
  const id = newId();
  const first = admission.claim(id, controller)?.id ?? "";
  assert.ok(admission.takeClaim(id, first) !== undefined);
  admission.finish(id, verdict);
  const second = admission.claim(id, controller)?.id ?? "";
  assert.equal(admission.takeClaim(id, second), undefined, "it would be verified twice");
  assert.deepEqual(admission.find(id), { state: "finished", atMs: 0, body: verdict });
  now = verdictKeptMs + 1;
  admission.sweep();
  assert.equal(admission.find(id), undefined);
});

test("what is remembered is bounded: the oldest is forgotten first", () => {
  const admission = new Admission(1, () => 0);
  const first = newId();
  admission.finish(first, verdict);
  for (let n = 0; n < 5_000; n += 1) admission.finish(newId(), verdict);
  assert.equal(admission.find(first), undefined);
});

test("a grant for a claim that lapsed does not take the claim that came after it", () => {
  let now = 0;
  const admission = new Admission(1, () => now);
  const id = newId();
  const lapsed = admission.claim(id, controller)?.id ?? "";
  assert.equal(
    admission.claim(id, controller)?.id,
    lapsed,
    "one that stands is said again, with the window that it began",
  );
  now = claimKeptMs + 1;
  admission.sweep();
  const standing = admission.claim(id, controller)?.id ?? "";
  assert.equal(admission.takeClaim(id, lapsed), undefined);
  assert.equal(admission.takeClaim(id, standing)?.atMs, now);
});
