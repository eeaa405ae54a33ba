/**
 * A line to the directory on which everything arrives later: in a process of its own, so that what it costs is nobody else's.
 *
 * @module
 */

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface DelayLine extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** @param ms  Added to each round trip. */
export async function startDelayLine(address: string, port: number, ms: number): Promise<DelayLine> {
  const script = join(import.meta.dirname, "delay-line-process.ts");
  const child = fork(script, [address, String(port), String(ms)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const ended = once(child, "exit");
  const [listening]: number[] = await Promise.race([once(child, "message"), ended]);
  if (listening === undefined || listening === 0) throw new Error("the line to the directory did not start");
  return {
    port: listening,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
