/**
 * `npm run check`: format, lint, types, unit tests, architecture and generated references, side by side.
 *
 * Prints one line a step, and the whole output of a step that fails.
 */

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const unitTests = readdirSync(join(root, "test", "unit"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => join("test", "unit", path));

const steps: readonly Step[] = [
  {
    name: "format",
    command: "prettier",
    args: [
      "--check",
      "--log-level=warn",
      "--cache",
      "--cache-location=node_modules/.cache/prettier-check",
      ".",
    ],
  },
  {
    name: "lint",
    command: "oxlint",
    args: ["--type-aware", "--deny-warnings", "src", "test", "scripts", "demo", "docs", "chaos", "bench"],
  },
  { name: "types", command: "tsc", args: ["--project", "tsconfig.json"] },
  {
    name: "tests",
    command: process.execPath,
    args: [
      "--disable-warning=ExperimentalWarning",
      "--test",
      "--test-concurrency=4",
      "test/architecture.test.ts",
      "test/reference.test.ts",
      ...unitTests,
    ],
  },
];

const failed = (await Promise.all(steps.map(run))).filter((ok) => !ok).length;
process.exitCode = failed === 0 ? 0 : 1;

async function run({ name, command, args }: Step): Promise<boolean> {
  const startedAtMs = performance.now();
  const path = command.startsWith("/") ? command : join(root, "node_modules", ".bin", command);
  // The tools' own launchers look for `node` in PATH; it must be the Node that runs this.
  const env = { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}` };
  const child = spawn(path, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number>((resolve) => {
    child.on("error", (error) => {
      output.push(Buffer.from(error.message));
      resolve(1);
    });
    child.on("close", (status) => resolve(status ?? 1));
  });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (code !== 0) console.log(Buffer.concat(output).toString("utf8"));
  return code === 0;
}
