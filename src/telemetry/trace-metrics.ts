/**
 * Metrics of what becomes of traces.
 *
 * @module
 */

import type { MetricDefinition } from "./metric-definition.ts";

export const traceMetrics = {
  drawbridge_trace_spans_total: {
    kind: "counter",
    help: "Spans of traces that the collector took (`taken`), or that are told nowhere (`dropped`).",
    labels: ["result"],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
