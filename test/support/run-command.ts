/**
 * Runs one short program to its end.
 *
 * @module
 */

import { execFile } from "node:child_process";

export interface CommandOptions {
  /** Added to this process's own environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

const outputBytesMax = 4 * 1024 * 1024;
const tailLength = 1_500;

/**
 * @returns what it printed on stdout.
 * @throws {Error} with the end of its output when it fails, cannot be started, or takes too long.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      [...args],
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: outputBytesMax,
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const why =
          error.killed === true ? `took longer than ${options.timeoutMs} ms` : `failed (${error.code})`;
        reject(
          new Error(`${command} ${args[0] ?? ""} ${why}\n${(stdout + stderr).slice(-tailLength)}`, {
            cause: error,
          }),
        );
      },
    );
  });
}
