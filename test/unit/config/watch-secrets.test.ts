/**
 * Files of keys change, go and break under a running program.
 */

import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { SettingFiles } from "../../../src/config/setting-files.ts";
import { watchSecrets } from "../../../src/config/watch-secrets.ts";
import { createScratch } from "../../support/scratch.ts";

async function watching(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const scratch = await createScratch("watched");
  t.after(() => scratch[Symbol.asyncDispose]());
  const list = [await scratch.write("one", "key one\n"), await scratch.write("two", "key two\n")];
  const [seen, problems] = [new Array<readonly string[]>(), new Array<string>()];
  const watch = watchSecrets({
    secrets: new SettingFiles().trusted("pins", list),
    read: (files) => files.trusted("pins", list),
    onChange: (pins) => void seen.push(pins),
    onProblem: ({ path }) => void problems.push(path),
  });
  t.after(() => watch[Symbol.dispose]());
  return { scratch, list, seen, problems, look: () => t.mock.timers.tick(2_000) };
}

test("a key that is added to a file is told, and one that is taken out as well", async (t) => {
  const { list, seen, look } = await watching(t);
  look();
  assert.deepEqual(seen, []);
  await writeFile(list[0] ?? "", "key one\nkey three\n");
  look();
  await writeFile(list[0] ?? "", "key three\n");
  look();
  assert.deepEqual(seen, [
    ["key one\nkey three", "key two"],
    ["key three", "key two"],
  ]);
});

test("a file that is gone, or empty, revokes what was in it at the second look, and not at the first", async (t) => {
  const { scratch, list, seen, problems, look } = await watching(t);
  await rm(join(scratch.folder, "one"));
  look();
  assert.deepEqual([seen, problems], [[], ["pins.0"]]);
  look();
  assert.deepEqual(seen, [["key two"]]);
  await writeFile(list[1] ?? "", "");
  look();
  look();
  assert.deepEqual(seen, [["key two"], []]);
  await writeFile(list[1] ?? "", "key two\n");
  look();
  assert.deepEqual(seen.at(-1), ["key two"]);
  assert.deepEqual(problems, ["pins.0", "pins.1"]);
});

test("a file that is replaced and missing for a moment changes nothing, and so does one that cannot be read", async (t) => {
  const { scratch, list, seen, problems, look } = await watching(t);
  await rm(join(scratch.folder, "one"));
  look();
  await scratch.write("one", "key one\n");
  look();
  await writeFile(list[1] ?? "", Buffer.from([0xff, 0xfe]));
  look();
  look();
  look();
  assert.deepEqual([seen, problems], [[], ["pins.0", "pins.1"]]);
});
