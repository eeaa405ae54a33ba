/**
 * What `deploy/compose.yaml` gives its containers: files that are there, and configurations that the programs take.
 */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { parseConfig } from "../../../src/config/load.ts";

const folder = join(import.meta.dirname, "../../../deploy");

interface Compose {
  readonly services: Readonly<Record<string, { readonly volumes?: readonly string[] }>>;
}

test("every file that a container is given is there", () => {
  const text = readFileSync(join(folder, "compose.yaml"), "utf8");
  const { services }: Compose = parse(text, { merge: true });
  const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
    volumes.map((volume) => volume.split(":")[0] ?? ""),
  );
  const files = mounted.filter((source) => source.startsWith("./"));
  assert.ok(files.length > 5);
  for (const file of files) assert.ok(existsSync(join(folder, file)), file);
});

for (const program of ["connector", "gateway"]) {
  test(`the ${program}'s configuration is one that it takes`, () => {
    const text = readFileSync(join(folder, "compose", `${program}.yaml`), "utf8");
    assert.doesNotThrow(() => parseConfig(parse(text), {}));
  });
}
