/**
 * How the parts are, as metrics.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import type { ControllerName } from "../../../src/login/ports.ts";
import { createEvents } from "../../../src/telemetry/events.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

const nothing = (): void => {};
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const connection = "corp";
assert.ok(isConnectionName(connection));
const controller = "dc1.example.test:636" as ControllerName;

function record() {
  const metrics = createMetrics(() => 0);
  return { events: createEvents(log, metrics), scrape: () => metrics.render() };
}

test("the connections to a controller are told by what they are for", async () => {
  const { events, scrape } = record();
  const pool = {
    controller,
    searchConnections: 1,
    searchConnectionsMax: 2,
    searchesInFlight: 30,
    searchOldestMs: 61_500,
    bindConnections: 16,
    bindConnectionsMax: 16,
    bindConnectionsInUse: 15,
    bindOldestMs: 2_000,
    bindsWaiting: 4,
  };
  events.poolsMeasured({ connection, pools: [pool] });
  const text = await scrape();
  const at = `connection="corp",controller="${controller}"`;
  for (const line of [
    `drawbridge_pool_connections{${at},pool="search"} 1`,
    `drawbridge_pool_connections_max{${at},pool="search"} 2`,
    `drawbridge_pool_in_use{${at},pool="search"} 30`,
    `drawbridge_pool_oldest_seconds{${at},pool="search"} 61.5`,
    `drawbridge_pool_connections{${at},pool="bind"} 16`,
    `drawbridge_pool_connections_max{${at},pool="bind"} 16`,
    `drawbridge_pool_in_use{${at},pool="bind"} 15`,
    `drawbridge_pool_oldest_seconds{${at},pool="bind"} 2`,
    `drawbridge_pool_waiting{${at}} 4`,
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
});

test("a login's phases are told for the controller of its last bind, or else the claimed one", async () => {
  const { events, scrape } = record();
  const common = {
    attempt: createAttemptId(randomBytes),
    connection,
    method: "password",
    end: { outcome: "denied", reason: "bad_credentials" },
    ms: 30,
    controller: "claimed:636",
  } as const;
  events.verificationEnded({ ...common, trace: { controller, phasesMs: { searching: 10, binding: 20 } } });
  events.verificationEnded({ ...common, trace: { phasesMs: { searching: 5 } } });
  events.verificationEnded(common);
  const text = await scrape();
  const sums = text
    .split("\n")
    .filter((line) => line.startsWith("drawbridge_login_phase_duration_seconds_sum"))
    .map((line) => line.replace("drawbridge_login_phase_duration_seconds_sum", ""));
  assert.deepEqual(sums, [
    `{connection="corp",controller="${controller}",phase="searching"} 0.01`,
    `{connection="corp",controller="${controller}",phase="binding"} 0.02`,
    `{connection="corp",controller="claimed:636",phase="searching"} 0.005`,
  ]);
});

test("a controller that DNS does not name any more is no controller that is down", async () => {
  const { events, scrape } = record();
  events.controllerChanged({ connection, controller, state: "available", why: "answers" });
  events.controllerShown({ connection, controller, expiresAtMs: 1_900_000_000_000 });
  assert.match(await scrape(), /^drawbridge_controller_certificate_expiry_seconds\{.*\} 1900000000$/m);
  events.controllerChanged({ connection, controller, state: "unavailable", why: "not_named" });
  await setImmediate();
  assert.ok(!(await scrape()).includes(controller));
});

test("a check of a bind without an answer is counted by what it found", async () => {
  const { events, scrape } = record();
  for (const result of ["moved", "unmoved", "unmoved", "unknown"] as const) {
    events.suspicionChecked({ connection, result });
  }
  const text = await scrape();
  assert.match(text, /^drawbridge_suspect_checks_total\{connection="corp",result="moved"\} 1$/m);
  assert.match(text, /^drawbridge_suspect_checks_total\{connection="corp",result="unmoved"\} 2$/m);
  assert.match(text, /^drawbridge_suspect_checks_total\{connection="corp",result="unknown"\} 1$/m);
});
