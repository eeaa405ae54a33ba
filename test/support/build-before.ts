/**
 * The programs of the version before, as they were built then, on the packages of today.
 *
 * `npm run keep-build` keeps them.
 *
 * @module
 */

import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { createScratch } from "./scratch.ts";

export interface BuildBefore extends AsyncDisposable {
  /** Its command, for `Circumstances.main`. */
  readonly main: string;
}

const root = join(import.meta.dirname, "../..");
const packed = join(root, "test", "fixtures", "build-before.json.br");

export async function unpackBuildBefore(): Promise<BuildBefore> {
  const files: Readonly<Record<string, string>> = JSON.parse(
    brotliDecompressSync(await readFile(packed)).toString("utf8"),
  );
  await using cleanup = new AsyncDisposableStack();
  const { folder } = cleanup.use(await createScratch("build-before"));
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const owned = cleanup.move();
  return {
    main: join(folder, "dist", "cli", "main.js"),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
