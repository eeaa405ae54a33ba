/**
 * What the dashboards' queries have in common.
 *
 * @module
 */

/** Per second, over as long as Grafana finds right for the scrape interval. */
export function perSecond(metric: string, matchers: string, by: string): string {
  return `sum by (${by}) (rate(${metric}{${matchers}}[$__rate_interval]))`;
}

/**
 * A counter that nothing has been counted in yet has no series: a line at zero, called `none`, says that nothing happened, where an
 * empty panel could as well mean that nobody looks.
 */
export function orNone(query: string, label: string): string {
  return `${query} or on () label_replace(vector(0), "${label}", "none", "", "")`;
}

export function orZero(query: string): string {
  return `${query} or vector(0)`;
}

export function quantile(share: number, metric: string, matchers: string, by = ""): string {
  const labels = by === "" ? "le" : `${by}, le`;
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${metric}_bucket{${matchers}}[$__rate_interval])))`;
}
