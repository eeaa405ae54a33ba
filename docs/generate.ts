/**
 * `npm run docs`: writes the pages of `docs/reference`, the generated files of the chart, and the figures in the pages on benchmarks and
 * sizing anew.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { renderBenchmarks } from "./generator/benchmarks.ts";
import { renderChartFiles } from "./generator/chart.ts";
import { renderReferences } from "./generator/references.ts";
import { renderSizing } from "./generator/sizing.ts";

for (const { path, text } of [
  ...(await renderReferences()),
  ...(await renderChartFiles()),
  ...(await renderBenchmarks()),
  ...(await renderSizing()),
]) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
