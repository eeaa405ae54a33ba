import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerHealth } from "../../../../src/directory/controllers/controller-health.ts";

function createHealth() {
  const clock = { nowMs: 0 };
  const told: string[] = [];
  const health = new ControllerHealth(
    () => clock.nowMs,
    (state, why) => told.push(`${state}: ${why}`),
  );
  return { clock, told, health };
}

test("a controller is not used before it has answered, and trusted at once when it does", () => {
  const { health } = createHealth();
  assert.equal(health.state, "unavailable");
  health.probeAnswered();
  assert.equal(health.state, "available");
  assert.equal(health.isSteady(10_000), true);
});

test("a refused connection takes it out at once; it is trusted again only after a while", () => {
  const { health, clock } = createHealth();
  health.probeAnswered();
  health.operationFailed("nobody_listens");
  assert.equal(health.state, "unavailable");
  health.probeAnswered();
  assert.equal(health.isSteady(10_000), false);
  clock.nowMs = 10_000;
  assert.equal(health.isSteady(10_000), true);
});

test("a slow operation only degrades it; the probe decides", () => {
  const { health, told } = createHealth();
  health.probeAnswered();
  health.operationFailed("timeout");
  health.operationFailed("timeout");
  health.probeFailed("timeout");
  health.probeAnswered();
  assert.deepEqual(told, [
    "available: answers",
    "degraded: timeout",
    "unavailable: timeout",
    "available: answers",
  ]);
});

test("one that declines to check passwords is passed over until its next probe", () => {
  const { health, told } = createHealth();
  health.probeAnswered();
  health.declined();
  health.declined();
  health.probeAnswered();
  assert.deepEqual(told, ["available: answers", "degraded: result_code", "available: answers"]);
});

test("a lost connection, a result code and our own load say nothing about the controller", () => {
  const { health } = createHealth();
  health.probeAnswered();
  for (const why of ["connection_lost", "result_code", "overloaded"] as const) health.operationFailed(why);
  assert.equal(health.state, "available");
});
