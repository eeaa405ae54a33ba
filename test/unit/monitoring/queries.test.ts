/**
 * Dashboards and rules ask for nothing that no program tells.
 */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { dashboards as generated } from "../../../docs/generator/dashboards/dashboard.ts";
import { createMetrics, metricDefinitions } from "../../../src/telemetry/metrics.ts";
import { alertCases, calmDay } from "../../support/alert-cases.ts";
import { alerts, dashboards, records } from "../../support/monitoring.ts";
import { parseQuery } from "../../support/promql.ts";

const runbooks = join(import.meta.dirname, "../../../docs/operations/runbooks");
/** Those that Prometheus adds, and those that the joins with the build's version bring. */
const everywhere = ["instance", "job"];

/** Metric as it is queried → its labels. */
const known = new Map<string, readonly string[]>();
for (const [name, { kind, labels }] of Object.entries(metricDefinitions)) {
  if (kind !== "histogram") known.set(name, labels);
  else {
    known.set(`${name}_bucket`, [...labels, "le"]);
    for (const part of ["sum", "count"]) known.set(`${name}_${part}`, labels);
  }
}
const scrape = await createMetrics(() => 0).render();
for (const [, name = ""] of scrape.matchAll(/^# TYPE ((?:process|nodejs)_\w+) /gm)) known.set(name, []);
for (const { record } of records) known.set(record, ["connection"]);

const queries = [
  ...dashboards.flatMap(({ file, panels, annotationQueries }) => [
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ place: `${file}, ${title}`, expr })),
    ),
    ...annotationQueries.map((expr) => ({ place: `${file}, annotation`, expr })),
  ]),
  ...alerts.map(({ alert, expr }) => ({ place: alert, expr })),
  ...records.map(({ record, expr }) => ({ place: record, expr })),
];

test("every metric and label of a dashboard or rule exists", () => {
  assert.ok(queries.length > 80);
  for (const { place, expr } of queries) {
    const { selectors, groupedBy } = parseQuery(expr);
    assert.ok(selectors.length > 0, place);
    const labelsHere = new Set(everywhere);
    for (const { metric, labels } of selectors) {
      const own = known.get(metric);
      assert.ok(own !== undefined, `${place}: nothing tells ${metric}`);
      for (const label of [...own, ...labels]) labelsHere.add(label);
      for (const label of labels)
        assert.ok([...own, ...everywhere].includes(label), `${place}: ${metric} has no ${label}`);
    }
    for (const label of groupedBy) assert.ok(labelsHere.has(label), `${place}: nothing has ${label}`);
  }
});

test("the worlds in which alerts are tried are made of what programs tell, label for label", () => {
  for (const series of Object.values(alertCases).flatMap(({ fires, quiet }) => [fires, quiet])) {
    for (const [text] of Object.entries({ ...series, ...calmDay })) {
      const [selector] = parseQuery(text).selectors;
      assert.ok(selector !== undefined);
      const own = known.get(selector.metric);
      assert.ok(own !== undefined, text);
      const labels = selector.labels.filter((label) => !everywhere.includes(label));
      const missing = own.filter((label) => !labels.includes(label) && label !== "connection");
      assert.deepEqual([missing, labels.filter((label) => !own.includes(label))], [[], []], text);
    }
  }
});

test("every dashboard is a generated one", () => {
  assert.deepEqual(dashboards.map(({ file }) => file).toSorted(), Object.keys(generated).toSorted());
});

test("every panel says what it shows, asks the chosen data source, and names its unit", () => {
  for (const { file, panels } of dashboards) {
    assert.ok(panels.length >= 10);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, description = "", datasource, fieldConfig, targets } of panels) {
      assert.ok(description.length > 30, `${file}: ${title} has no description`);
      assert.ok(datasource !== undefined, `${file}: ${title} has a data source of its own`);
      assert.match(JSON.stringify(fieldConfig), /"unit":"\w+"/, `${file}: ${title} has no unit`);
      assert.ok(targets.length > 0, `${file}: ${title} asks nothing`);
    }
  }
});

test("every alert has a runbook of its name, and every runbook an alert", () => {
  const written = readdirSync(runbooks).filter((name) => name !== "README.md");
  assert.deepEqual(written.toSorted(), alerts.map(({ alert }) => `${alert}.md`).toSorted());
  for (const { alert, annotations } of alerts) {
    assert.equal(basename(new URL(annotations.runbook_url).pathname), `${alert}.md`);
    const page = readFileSync(join(runbooks, `${alert}.md`), "utf8");
    assert.ok(page.startsWith(`# ${alert}\n`), alert);
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(headings, [
      "What it means",
      "For the person who logs in",
      "Look",
      "Do",
      "How it is tested",
    ]);
    assert.match(page, /^(drawbridge|kubectl|curl) /m, `${alert} has no command to look with`);
  }
});

test("an alert's text uses only labels that its query leaves", () => {
  for (const { alert, expr, annotations } of alerts) {
    const { groupedBy } = parseQuery(expr);
    const used = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
    const kept = /^(sum|max|min|count|60) /.test(expr) || expr.includes("histogram_quantile");
    for (const label of used) {
      const isKnown = kept ? groupedBy.includes(label) : true;
      assert.ok(isKnown, `${alert}: ${label} is not in the result`);
    }
    assert.ok(!annotations.description.includes("{{"), alert);
  }
});
