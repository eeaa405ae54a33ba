/**
 * `npm run docs`: writes the pages of `docs/reference` and the generated files of the chart anew.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { renderChartFiles } from "./generator/chart.ts";
import { renderReferences } from "./generator/references.ts";

for (const { path, text } of [...(await renderReferences()), ...(await renderChartFiles())]) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
