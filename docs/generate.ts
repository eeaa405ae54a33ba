/**
 * `npm run docs`: writes the pages of `docs/reference` anew.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { renderReferences } from "./generator/references.ts";

for (const { path, text } of await renderReferences()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
