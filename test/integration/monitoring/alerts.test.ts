/**
 * The alerts, each on Prometheus' own test bench: it fires in its world and with the text that somebody will read at night, keeps quiet
 * in the one beside it, and all keep quiet on a calm day.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "yaml";
import { alertCases, calmDay } from "../../support/alert-cases.ts";
import { alerts, ruleFiles } from "../../support/monitoring.ts";
import { ensurePackages } from "../../support/packages.ts";
import { runCommand } from "../../support/run-command.ts";
import { createScratch } from "../../support/scratch.ts";

const calmTimes = ["30m", "2h", "4h10m", "5h5m", "7h50m"];

await ensurePackages();

/** @throws {Error} with what promtool says of the first expectation that does not hold. */
async function promtool(tests: readonly object[]): Promise<string> {
  await using scratch = await createScratch("alerts");
  const bench = { rule_files: ruleFiles, evaluation_interval: "1m", tests };
  // Aliases are beyond what promtool reads.
  const file = await scratch.write("tests.yaml", stringify(bench, { aliasDuplicateObjects: false }));
  return await runCommand("promtool", ["test", "rules", file], { timeoutMs: 60_000 });
}

function world(series: Readonly<Record<string, string>>): object {
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  return { interval: "1m", input_series: input };
}

test("every alert has its cases", () => {
  assert.deepEqual(Object.keys(alertCases).toSorted(), alerts.map(({ alert }) => alert).toSorted());
});

test("every alert fires when it should, and says what is the matter", async () => {
  const tests = alerts.map(({ alert, labels, annotations }) => {
    const told = alertCases[alert];
    assert.ok(told !== undefined);
    const firing = {
      exp_labels: { ...labels, ...told.labels },
      exp_annotations: { ...annotations, summary: told.summary },
    };
    const expected = { eval_time: told.at, alertname: alert, exp_alerts: [firing] };
    return { ...world(told.fires), alert_rule_test: [expected] };
  });
  assert.match(await promtool(tests), /SUCCESS/);
});

test("every alert keeps quiet in the case beside it", async () => {
  const tests = Object.entries(alertCases).map(([alertname, { quiet, at }]) => ({
    ...world(quiet),
    alert_rule_test: [{ eval_time: at, alertname, exp_alerts: [] }],
  }));
  assert.match(await promtool(tests), /SUCCESS/);
});

test("on a calm day nobody is called", async () => {
  const expectations = calmTimes.flatMap((time) =>
    alerts.map(({ alert }) => ({ eval_time: time, alertname: alert, exp_alerts: [] })),
  );
  assert.match(await promtool([{ ...world(calmDay), alert_rule_test: expectations }]), /SUCCESS/);
});
