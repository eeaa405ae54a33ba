/**
 * The outside of a driver: starts the process that logs people in, and tells it how many and how fast.
 *
 * @module
 */

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface DriverOptions {
  /** `ldaps://host:port`, or where the gateway takes logins. */
  readonly url: string;
  readonly ca: string;
  readonly baseDn: string;
  readonly service: { readonly name: string; readonly password: string };
  /** Everybody's. */
  readonly password: string;
  /** There are the people `u1` to `u<users>`. */
  readonly users: number;
  /** Instead of all of them. */
  readonly accounts?: readonly string[];
  /** Connections that passwords are checked on, where they are kept. */
  readonly pool: number;
  /** Connections of the gateway's that people log in at, in turn. */
  readonly connections?: readonly string[];
  /** Header values, of a proxy that saw these certificates; instead of passwords. @see RFC 9440 */
  readonly certificates?: readonly string[];
  /** What a connector that takes turns does one after the other. */
  readonly turns?: "logins" | "binds";
}

/** In a closed loop, unless told how many a second. */
export interface Load {
  readonly inFlight: number;
  readonly perSecond?: number;
  readonly ms: number;
}

export interface Measured {
  readonly logins: number;
  readonly failed: number;
  readonly complaints: readonly string[];
  readonly ms: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Driver extends AsyncDisposable {
  /** Its own, and those of what it started. */
  readonly pids: readonly number[];
  run(load: Load): Promise<Measured>;
}

export const driverNames = [
  "bare-loop",
  "gateway",
  "passport-ldapauth",
  "ldap-authentication",
  "turn-taking",
] as const;
export type DriverName = (typeof driverNames)[number];

export async function startDriver(name: DriverName, options: DriverOptions): Promise<Driver> {
  const child = fork(join(import.meta.dirname, "drivers", `${name}.ts`), [JSON.stringify(options)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const gone = ended.then(([code]) => {
    throw new Error(`the driver ${name} ended with ${code}`);
  });
  gone.catch(() => undefined);
  const [ready]: { readonly pids: readonly number[] }[] = await Promise.race([once(child, "message"), gone]);
  return {
    pids: [child.pid ?? 0, ...(ready?.pids ?? [])],
    async run(load) {
      child.send(load);
      const [measured]: Measured[] = await Promise.race([once(child, "message"), gone]);
      if (measured === undefined) throw new Error(`the driver ${name} answered nothing`);
      return measured;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
