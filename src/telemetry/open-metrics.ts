/**
 * The metrics in the OpenMetrics format, the only one that has exemplars.
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 * @module
 */

import { Registry } from "prom-client";
import type { MetricObject, OpenMetricsContentType } from "prom-client";

export class OpenMetricsRegistry extends Registry<OpenMetricsContentType> {
  constructor() {
    super();
    this.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  }

  /** To write this format, the library takes `_total` off the counters' own names; it is given views of them to rename. */
  override getMetricsAsArray(): MetricObject[] {
    return super.getMetricsAsArray().map((metric): MetricObject => Object.create(metric));
  }

  /** The same metrics, those that are there now, in the older format. */
  asPlain(): Registry {
    const plain = new Registry();
    for (const { name } of this.getMetricsAsArray()) {
      const metric = this.getSingleMetric(name);
      if (metric !== undefined) plain.registerMetric(metric);
    }
    return plain;
  }
}
