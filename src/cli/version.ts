/**
 * Which Drawbridge this is.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The version in package.json, which lies two folders up both in `src` and in `dist`. */
export function version(): string {
  const description: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8"),
  );
  return typeof description === "object" && description !== null && "version" in description
    ? String(description.version)
    : "unknown";
}
