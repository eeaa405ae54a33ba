/**
 * Any program as a person or a script runs it: a child process, its output, its exit code.
 *
 * @module
 */

import { spawn } from "node:child_process";

export interface ScriptResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScriptOptions {
  /** What is typed or piped in; nothing unless told. */
  readonly input?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is run; where we are unless told. */
  readonly cwd?: string;
}

// A start takes a second; on a machine with other work to do, many of them side by side take far longer.
const timeoutMs = 60_000;

export function runScript(
  command: string,
  args: readonly string[],
  { input = "", env = {}, cwd }: ScriptOptions = {},
): Promise<ScriptResult> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A command that does not read its input may be gone before it is written.
  child.stdin.on("error", () => {}).end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
