/**
 * The generated pages say what the source says. After a change, `npm run docs` writes them anew.
 */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { exampleFiles } from "../docs/generator/configuration.ts";
import { renderReferences } from "../docs/generator/references.ts";
import { parseConfig } from "../src/config/load.ts";

const references = await renderReferences();

for (const { path, text } of references) {
  test(`docs/reference/${basename(path)} is up to date`, () => {
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
    const text = readFileSync(join(import.meta.dirname, "..", "docs", "examples", file), "utf8");
    assert.doesNotThrow(() => parseConfig(parse(text), {}));
  });
}
