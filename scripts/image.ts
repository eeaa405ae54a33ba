/**
 * `npm run image`: builds the container image `drawbridge:<version>` with whatever engine `docker` speaks to.
 *
 * What follows `--` goes to `docker build`: `npm run image -- --tag registry.example.com/drawbridge:1`. Whoever has a registry of npm
 * packages of their own adds `--secret id=npmrc,src=$HOME/.npmrc`, which stays out of the image.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { version } from "../src/cli/version.ts";

const root = join(import.meta.dirname, "..");
const tag = `drawbridge:${version()}`;
const args = [
  "build",
  `--tag=${tag}`,
  `--build-arg=VERSION=${version()}`,
  `--build-arg=REVISION=${revision()}`,
  `--build-arg=CREATED=${new Date().toISOString()}`,
  ...process.argv.slice(2),
  root,
];

const built = spawnSync("docker", args, { stdio: "inherit", env: { ...process.env, DOCKER_BUILDKIT: "1" } });
if (built.error !== undefined) console.error(`docker cannot be started: ${built.error.message}`);
if (built.status === 0) console.log(`built ${tag}`);
process.exitCode = built.status ?? 1;

function revision(): string {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}
