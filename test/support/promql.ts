/**
 * What a query of Prometheus asks for, by Prometheus' own grammar.
 *
 * @module
 */

import { parser } from "@prometheus-io/lezer-promql";

export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface ParsedQuery {
  readonly selectors: readonly Selector[];
  /** After `by`, `on` and `group_left`. */
  readonly groupedBy: readonly string[];
}

/** @throws {Error} for what is no query. */
export function parseQuery(query: string): ParsedQuery {
  // Grafana puts these in; the grammar knows no variables.
  const filled = query.replaceAll("$__rate_interval", "5m");
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupedBy: string[] = [];
  parser.parse(filled).iterate({
    enter({ name, type, from, to, node }) {
      const text = filled.slice(from, to);
      if (type.isError) throw new Error(`no query, at ${from}: ${query}`);
      if (name === "VectorSelector") selectors.push({ metric: "", labels: [] });
      const current = selectors.at(-1);
      if (name === "Identifier" && current !== undefined) current.metric = text;
      if (name !== "LabelName") return;
      if (node.parent?.name === "GroupingLabels") groupedBy.push(text);
      else current?.labels.push(text);
    },
  });
  return { selectors, groupedBy };
}
