/**
 * Which parts of their settings replicas do not have in common.
 *
 * @module
 */

import type { Report } from "../../protocol/report.ts";

/** Paths, in alphabetical order; a part that only some have differs. */
export function differingParts(
  configurations: readonly Pick<Report["configuration"], "parts">[],
): readonly string[] {
  const paths = new Set(configurations.flatMap(({ parts }) => Object.keys(parts)));
  return [...paths]
    .filter((path) => new Set(configurations.map(({ parts }) => parts[path])).size > 1)
    .toSorted();
}
