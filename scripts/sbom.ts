/**
 * `npm run sbom`: what a release contains, as CycloneDX JSON in `dist/drawbridge.cdx.json`, from the lock file alone.
 *
 * Each package stands there with its version, licence and the digest that installing it is held to.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = process.argv[2] ?? join(root, "dist", "drawbridge.cdx.json");
const args = [
  "sbom",
  "--package-lock-only",
  "--omit=dev",
  "--sbom-format=cyclonedx",
  "--sbom-type=application",
];
const npm = process.env["npm_execpath"];
const [command, ...before] = npm === undefined ? ["npm"] : [process.execPath, npm];

const { status, stdout, stderr } = spawnSync(command, [...before, ...args], { cwd: root, encoding: "utf8" });
if (status !== 0) {
  console.error(`npm sbom failed:\n${stderr}`);
  process.exit(1);
}
const bom = JSON.parse(stdout);
// npm calls it after the folder that it stands in.
bom.metadata.component.name = "drawbridge";
mkdirSync(join(target, ".."), { recursive: true });
writeFileSync(target, `${JSON.stringify(bom, undefined, 2)}\n`);
console.log(`${target}: ${bom.components.length} packages`);
