/**
 * `drawbridge` as a person or a script runs it: a child process, its output, its exit code.
 *
 * @module
 */

import { join } from "node:path";
import { runScript } from "./run-script.ts";
import type { ScriptOptions, ScriptResult } from "./run-script.ts";

export type CliResult = ScriptResult;

const main = join(import.meta.dirname, "../../src/cli/main.ts");

export function runCli(args: readonly string[], options: ScriptOptions = {}): Promise<CliResult> {
  return runScript(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], options);
}
