/**
 * What is said of a metric where it is defined.
 *
 * @module
 */

export interface MetricDefinition {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}
