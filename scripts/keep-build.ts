/**
 * `npm run keep-build`: keeps what is here as the build before, with which the next version is tried in `test/system/versions.test.ts`.
 *
 * To be run when a version is released. What follows `--` is another folder with the source to keep. Its packages are not kept: the
 * build before runs on those of today.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const root = join(import.meta.dirname, "..");
const kept = resolve(process.argv[2] ?? root);
const output = mkdtempSync(join(tmpdir(), "drawbridge-build-"));
try {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = ["--outDir", output, "--removeComments", "--declaration", "false"];
  const project = join(kept, "tsconfig.build.json");
  const built = spawnSync(process.execPath, [compiler, "--project", project, ...options], {
    stdio: "inherit",
  });
  if (built.status !== 0) throw new Error(`${project} cannot be built`);
  const paths = readdirSync(output, { recursive: true, encoding: "utf8" });
  const modules = paths.filter((path) => statSync(join(output, path)).isFile()).toSorted();
  const files = Object.fromEntries([
    ["package.json", readFileSync(join(kept, "package.json"), "utf8")],
    ...modules.map((path) => [join("dist", path), readFileSync(join(output, path), "utf8")] as const),
  ]);
  const packed = brotliCompressSync(JSON.stringify(files), {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  const place = join(root, "test", "fixtures", "build-before.json.br");
  writeFileSync(place, packed);
  console.log(`kept ${modules.length} modules in ${place}, ${packed.length} bytes`);
} finally {
  rmSync(output, { recursive: true });
}
