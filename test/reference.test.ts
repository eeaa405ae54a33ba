/**
 * The generated pages say what the source says. After a change, `npm run docs` writes them anew.
 */

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { renderBenchmarks } from "../docs/generator/benchmarks.ts";
import { renderChartFiles } from "../docs/generator/chart.ts";
import { exampleFiles } from "../docs/generator/configuration.ts";
import { renderReferences } from "../docs/generator/references.ts";
import { renderSizing } from "../docs/generator/sizing.ts";
import { parseConfig } from "../src/config/load.ts";

const root = join(import.meta.dirname, "..");
const references = await renderReferences();

for (const { path, text } of references) {
  test(`docs/reference/${basename(path)} is up to date`, () => {
    assert.equal(readFileSync(path, "utf8"), text, "run `npm run docs`");
  });
}

for (const { path, text } of await renderChartFiles()) {
  test(`the chart's ${basename(path)} is up to date`, () => {
    assert.equal(readFileSync(path, "utf8"), text, "run `npm run docs`");
  });
}

for (const { path, text } of await renderBenchmarks()) {
  test(`the benchmarks' figures in ${basename(path)} are those of bench/figures.json`, () => {
    assert.equal(readFileSync(path, "utf8"), text, "run `npm run docs`");
  });
}

for (const { path, text } of await renderSizing()) {
  test(`the tables of docs/operations/${basename(path)} are up to date`, () => {
    assert.equal(readFileSync(path, "utf8"), text, "run `npm run docs`");
  });
}

test("every page of docs/reference is a generated one", () => {
  const [first] = references;
  assert.ok(first !== undefined);
  const written = readdirSync(dirname(first.path)).toSorted();
  assert.deepEqual(written, references.map(({ path }) => basename(path)).toSorted());
});

for (const file of exampleFiles) {
  test(`the example ${file} is a valid configuration`, () => {
    const text = readFileSync(join(root, "docs", "examples", file), "utf8");
    assert.doesNotThrow(() => parseConfig(parse(text), {}));
  });
}

test("every file that a page links to, or names as a test, is there", () => {
  const pages = [
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "helm/drawbridge/README.md",
  ].concat(
    readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name)),
  );
  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) =>
      join(dirname(page), match[1] ?? ""),
    );
    const named = [...text.matchAll(/`((?:test|src|deploy|docs)\/[^`*…]+)`/g)].map((match) => match[1] ?? "");
    for (const file of [...links, ...named])
      assert.ok(existsSync(join(root, file)), `${page}: ${file} is not there`);
  }
});

test("every test that a page quotes by its name has that name", () => {
  for (const page of ["SECURITY.md", join("docs", "threat-model.md")]) {
    const text = readFileSync(join(root, page), "utf8");
    const quoted = [...text.matchAll(/`(test\/[^`]+\.test\.ts)`: “([^”]+)”/g)];
    for (const [, file = "", name = ""] of quoted) {
      assert.ok(
        readFileSync(join(root, file), "utf8").includes(name),
        `${page}: ${file} has no test “${name}”`,
      );
    }
  }
});
