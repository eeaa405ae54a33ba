/**
 * One real server as a child process that cannot outlive us.
 *
 * The kernel kills the child when this process ends, however it ends (`PR_SET_PDEATHSIG`, through setpriv), so a
 * test that crashes or is killed with SIGKILL leaves nothing behind. The child leads a process group of its own: signals reach its
 * children too, and Ctrl-C at the terminal reaches only us, so that we stop everything in order.
 *
 * @see prctl(2)
 * @module
 */

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { contain } from "./container.ts";
import type { ContainedCommand } from "./container.ts";

export interface ServerOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The child's whole environment, beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Tried again and again until it yields true; may throw while the server is not there yet. */
  readonly ready: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** Whatever else runs here goes first until it is ready, as if it started on a machine of its own. */
  readonly startsAside?: boolean;
  readonly onLine?: (line: string) => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Disposing asks for an orderly end, and forces it after 5 s; also when frozen or already gone. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  isRunning(): boolean;
  /** The last lines that it printed, stdout and stderr together. */
  recentOutput(): string;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, as a crash would; resolves when it is gone. */
  kill(): Promise<Exit>;
  /** SIGTERM and the server's own time to end; SIGKILL when that takes longer. */
  terminate(timeoutMs?: number): Promise<Exit>;
}

const leastShare = 10;
const fullShare = 0;
const linesKept = 40;
const probeIntervalMs = 20;
const terminateTimeoutMs = 20_000;
const containerTimeoutMs = 30_000;

/** @throws {Error} with the server's last words when it ends, or is not ready in time; nothing is left running then. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const lines: string[] = [];
  const { command, args, env = {} } = options;
  const contained = contain(command, args, env);
  const words = contained?.words ?? [command, ...args];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...words], {
    detached: true,
    // The open pipe on stdin is a second leash: Samba ends when it closes.
    stdio: ["pipe", "pipe", "pipe"],
    env: contained?.env ?? { PATH: process.env["PATH"], ...env },
  });
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      endGroup(child.pid);
      resolve({ code, signal });
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > linesKept) lines.shift();
      options.onLine?.(line);
    });
  }
  if (child.pid === undefined) await exited;
  if (options.startsAside === true) await setShare(child.pid, leastShare);
  const recentOutput = (): string => lines.join("\n");
  const server =
    contained === undefined
      ? leash(options.name, child, exited, recentOutput)
      : await leashContainer(options.name, contained, child, exited, recentOutput);
  try {
    await waitUntilReady(options, server);
    if (options.startsAside === true) await setShare(server.pid, fullShare);
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/**
 * How much of the processors a process and its children get against the others; where the kernel does not group them, it stays as it is.
 *
 * @see sched(7), "The autogroup feature"
 */
async function setShare(pid: number | undefined, niceness: number): Promise<void> {
  await writeFile(`/proc/${pid}/autogroup`, String(niceness)).catch((error: unknown) => {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
  });
}

/** Whatever the server left behind: it would outlive us, and hold our end of its pipes open. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: there is nobody left, as it should be.
  }
}

function leash(
  name: string,
  child: ChildProcess,
  exited: Promise<Exit>,
  recentOutput: () => string,
): ServerProcess {
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} was not started`);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const signal = (kind: NodeJS.Signals): void => {
    if (isRunning()) process.kill(-pid, kind);
  };
  const kill = (): Promise<Exit> => {
    signal("SIGKILL");
    return exited;
  };
  const terminate = async (timeoutMs: number = terminateTimeoutMs): Promise<Exit> => {
    signal("SIGTERM");
    signal("SIGCONT");
    const end = await within(timeoutMs, exited);
    return end ?? kill();
  };
  return {
    pid,
    exited,
    isRunning,
    recentOutput,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    kill,
    terminate,
    async [Symbol.asyncDispose]() {
      await terminate();
    },
  };
}

/** What is told to the process goes to the one in the container. */
async function leashContainer(
  name: string,
  contained: ContainedCommand,
  child: ChildProcess,
  exited: Promise<Exit>,
  recentOutput: () => string,
): Promise<ServerProcess> {
  const client = leash(name, child, exited, recentOutput);
  const giveUpAt = performance.now() + containerTimeoutMs;
  let pid: number | undefined;
  while ((pid = contained.findPid()) === undefined) {
    if (!client.isRunning() || performance.now() > giveUpAt) {
      await client.kill();
      throw new Error(`the container of ${name} did not start:\n${recentOutput()}`);
    }
    await sleep(probeIntervalMs);
  }
  const target = pid;
  let isFrozen = false;
  const freeze = (): void => {
    contained.freeze();
    isFrozen = true;
  };
  const thaw = (): void => {
    if (isFrozen) contained.thaw();
    isFrozen = false;
  };
  // A frozen container does not even die.
  const signal = (kind: NodeJS.Signals): void => {
    thaw();
    if (client.isRunning()) process.kill(target, kind);
  };
  const kill = (): Promise<Exit> => {
    signal("SIGKILL");
    return exited;
  };
  const terminate = async (timeoutMs: number = terminateTimeoutMs): Promise<Exit> => {
    signal("SIGTERM");
    return (await within(timeoutMs, exited)) ?? kill();
  };
  return {
    ...client,
    pid: target,
    freeze,
    thaw,
    kill,
    terminate,
    async [Symbol.asyncDispose]() {
      await terminate();
    },
  };
}

async function waitUntilReady(options: ServerOptions, server: ServerProcess): Promise<void> {
  const giveUpAt = performance.now() + options.readyTimeoutMs;
  let lastError: unknown;
  while (performance.now() < giveUpAt) {
    try {
      if (await within(options.readyTimeoutMs, options.ready())) return;
    } catch (error) {
      lastError = error;
    }
    if (!server.isRunning()) throw new Error(`${options.name} ended at its start:\n${server.recentOutput()}`);
    await sleep(probeIntervalMs);
  }
  throw new Error(
    `${options.name} was not ready after ${options.readyTimeoutMs} ms:\n${server.recentOutput()}`,
    { cause: lastError },
  );
}

/** @returns undefined when the time is over first. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([work, sleep(ms, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}
