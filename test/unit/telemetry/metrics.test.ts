/**
 * The metrics as Prometheus reads them, in both of its formats, and what becomes of series that are not needed any more.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics, metricDefinitions } from "../../../src/telemetry/metrics.ts";

const attempt = "b2VdGhpcyBpcyBhbiBpZA";
const labels = { connection: "corp", method: "password", outcome: "accepted" };

test("the newer format has the attempt beside the bucket that its time fell in, and the older one has not", async () => {
  const metrics = createMetrics(() => 3);
  metrics.observe("drawbridge_login_duration_seconds", labels, 0.04, { attempt });
  metrics.count("drawbridge_logins_total", { ...labels, reason: "none" });

  const newer = await metrics.openMetrics.render();
  assert.match(metrics.openMetrics.contentType, /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(newer, new RegExp(`_bucket\\{le="0.05",[^}]*\\} 1 # \\{attempt="${attempt}"\\} 0.04 \\d`));
  assert.ok(!new RegExp(`le="0.025"[^\n]*${attempt}`).test(newer));
  assert.match(newer, /^# TYPE drawbridge_logins counter$/m);
  assert.match(newer, /^drawbridge_logins_total\{[^}]*\} 1$/m);
  assert.match(newer, /^drawbridge_logins_in_flight 3$/m);
  assert.ok(newer.endsWith("\n# EOF\n"));

  const older = await metrics.render();
  assert.ok(!older.includes(attempt));
  assert.match(older, /^# TYPE drawbridge_logins_total counter$/m);
  assert.match(older, /^drawbridge_logins_total\{[^}]*\} 1$/m);
});

test("both formats say the same, asked for at the same time", async () => {
  const metrics = createMetrics(() => 0);
  metrics.count("drawbridge_logins_total", { ...labels, reason: "none" }, 5);
  metrics.observe("drawbridge_claim_duration_seconds", { connection: "corp" }, 0.001);
  const ours = (text: string): readonly string[] =>
    text.split("\n").filter((line) => line.startsWith("drawbridge_"));
  const [older, newer, again] = await Promise.all([
    metrics.render(),
    metrics.openMetrics.render(),
    metrics.render(),
  ]);
  assert.ok(ours(older).length > 20);
  assert.deepEqual(ours(newer), ours(older));
  assert.deepEqual(ours(again), ours(older));
});

test("a controller that is not used any more leaves no series behind, and takes no other's with it", async () => {
  const metrics = createMetrics(() => 0);
  const everywhere = Object.entries(metricDefinitions).filter(([, { labels: of }]) =>
    of.some((label) => label === "controller"),
  );
  assert.ok(everywhere.length >= 8);
  for (const controller of ["dc1:636", "dc2:636"]) {
    for (const connection of ["corp", "subsidiary"]) {
      const at = { connection, controller };
      metrics.set("drawbridge_controller_state", at, 2);
      metrics.count("drawbridge_directory_operations_total", { ...at, operation: "bind", result: "ok" });
      metrics.observe("drawbridge_login_phase_duration_seconds", { ...at, phase: "binding" }, 0.01);
    }
  }
  await metrics.forgetController("corp", "dc1:636");
  const text = await metrics.render();
  const seriesOf = (connection: string, controller: string): number =>
    text
      .split("\n")
      .filter((line) => line.includes(`connection="${connection}"`) && line.includes(controller)).length;
  assert.equal(seriesOf("corp", "dc1"), 0);
  const kept = [seriesOf("corp", "dc2"), seriesOf("subsidiary", "dc1"), seriesOf("subsidiary", "dc2")];
  assert.ok(
    kept.every((count) => count > 0 && count === kept[0]),
    kept.join(),
  );
});

test("what is only looked at for a scrape is looked at in each", async () => {
  let looks = 0;
  const metrics = createMetrics(
    () => 0,
    () => {
      looks += 1;
      metrics.set("drawbridge_replicas_ready", { connection: "corp" }, looks);
    },
  );
  assert.match(await metrics.render(), /^drawbridge_replicas_ready\{connection="corp"\} 1$/m);
  assert.match(await metrics.openMetrics.render(), /^drawbridge_replicas_ready\{connection="corp"\} 2$/m);
});
