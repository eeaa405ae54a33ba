/**
 * `docs/reference/metrics.md`, from the table that makes the metrics.
 *
 * @module
 */

import { metricDefinitions } from "../../src/telemetry/metrics.ts";
import { code, table } from "./table.ts";

export function renderMetrics(): string {
  const rows = Object.entries(metricDefinitions).map(([name, { kind, help, labels }]) => [
    code(name),
    kind,
    labels.map(code).join(", "),
    help,
  ]);
  return [
    "# Metrics",
    "",
    "Both programs serve these at `/metrics` of the [ops port](configuration.md#ops), each its own part, beside the usual `process_…` and",
    "`nodejs_…`. No label holds an id, a name or an address of a person. `reason` is a denial reason or a fault of [errors](errors.md), or",
    "`none`.",
    "",
    table(["Metric", "Kind", "Labels", "Meaning"], rows),
  ].join("\n");
}
