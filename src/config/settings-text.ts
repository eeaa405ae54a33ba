/**
 * Settings as a file to go on working with.
 *
 * @module
 */

import { stringify } from "yaml";

/** @param heading  Lines of comment above everything. */
export function settingsText(settings: object, heading: readonly string[]): string {
  const comment = heading.map((line) => `# ${line}`.trimEnd());
  return [...comment, stringify(settings, { lineWidth: 120, aliasDuplicateObjects: false })].join("\n");
}
