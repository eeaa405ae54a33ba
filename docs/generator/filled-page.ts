/**
 * Pages that are written by hand, but for what stands between their markers.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import type { Reference } from "./references.ts";

/** @param blocks  Made for `<!-- figures: NAME -->`, by this name. @throws {Error} for a name that is not among them. */
export async function fillPage(
  path: string,
  blocks: Readonly<Record<string, () => string>>,
): Promise<Reference> {
  const filled = readFileSync(path, "utf8").replaceAll(
    /(<!-- figures: (\w+) -->\n).*?(<!-- end -->)/gs,
    (_, begin: string, name: string, end: string) => {
      const block = blocks[name];
      if (block === undefined) throw new Error(`${path}: there are no figures "${name}"`);
      return `${begin}\n${block().trim()}\n\n${end}`;
    },
  );
  const style = await resolveConfig(path);
  return { path, text: await format(filled, { ...style, filepath: path }) };
}
