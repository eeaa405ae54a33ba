/**
 * One of Drawbridge's own programs as a child process, as an operator starts it.
 *
 * @module
 */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inContainers } from "./container.ts";
import { createScratch } from "./scratch.ts";
import { shiftedClock } from "./shifted-clock.ts";
import { startServer } from "./server-process.ts";
import type { Exit, ServerProcess } from "./server-process.ts";

/** One line of the program's log. */
export type LogRecord = Readonly<Record<string, unknown>>;

export interface Program extends ServerProcess {
  readonly name: string;
  /** Where `/metrics`, `/healthz` and `/readyz` are. */
  readonly opsUrl: string;
  /** The last log records, oldest first; lines that are not JSON are not among them. */
  readonly log: readonly LogRecord[];
  /** The first record, past or to come, that matches. @throws {Error} with the last output when the time is over. */
  findLog(matches: (record: LogRecord) => boolean, timeoutMs: number): Promise<LogRecord>;
  /** The value of one metric line, summed over its labels; those given must match. 0 when there is none. */
  readMetric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

export interface ProgramOptions {
  readonly command: "connector" | "gateway";
  readonly name: string;
  readonly opsUrl: string;
  /** Written to a file as JSON, which is YAML too. */
  readonly config: object;
  readonly circumstances?: Circumstances;
}

/** In which the program has to live. */
export interface Circumstances {
  /** Resolve as soon as it runs, because what it needs is not there yet. */
  readonly untilLive?: boolean;
  /** Its wall clock is so many seconds off. */
  readonly clockOffsetSeconds?: number;
  /** What is run, instead of the source. */
  readonly main?: string;
  /** A module that is loaded into it first. */
  readonly preload?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whatever else runs here goes first until it is ready, as if it started on a machine of its own. */
  readonly startsAside?: boolean;
}

const sourceMain = join(import.meta.dirname, "../../src/cli/main.ts");
const readyTimeoutMs = 60_000;
// Longer than the programs take to drain.
const terminateTimeoutMs = 20_000;
const requestTimeoutMs = 30_000;
const recordsMax = 20_000;
const pollMs = 5;

/** Resolves when the program says that it is ready. Disposing lets it drain. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch(options.command));
  const configFile = await scratch.write("drawbridge.yaml", JSON.stringify(options.config, undefined, 2));
  const log: LogRecord[] = [];
  const { untilLive, clockOffsetSeconds, preload, env, startsAside } = options.circumstances ?? {};
  const { main = sourceMain } = options.circumstances ?? {};
  const args = [options.command, "--config", configFile];
  // A module of the tests, another clock or another build is not in the image.
  const isContained =
    inContainers && main === sourceMain && preload === undefined && clockOffsetSeconds === undefined;
  const imports = preload === undefined ? [] : ["--import", preload];
  const server = await startServer({
    name: options.name,
    ...(isContained
      ? { command: "drawbridge", args }
      : {
          command: process.execPath,
          args: ["--disable-warning=ExperimentalWarning", ...imports, main, ...args],
        }),
    env: {
      ...(isContained ? {} : { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "" }),
      ...(clockOffsetSeconds === undefined ? {} : shiftedClock(clockOffsetSeconds)),
      ...env,
    },
    ...(startsAside === undefined ? {} : { startsAside }),
    readyTimeoutMs,
    ready: async () => (await fetchOps(options.opsUrl, untilLive === true ? "/healthz" : "/readyz")).ok,
    onLine: (line) => {
      const record = parseRecord(line);
      if (record === undefined) return;
      log.push(record);
      if (log.length > recordsMax) log.shift();
    },
  });
  const terminate = (timeoutMs: number = terminateTimeoutMs): Promise<Exit> => server.terminate(timeoutMs);
  cleanup.defer(async () => {
    await terminate();
  });
  const owned = cleanup.move();

  return {
    ...server,
    name: options.name,
    opsUrl: options.opsUrl,
    log,
    async findLog(matches, timeoutMs) {
      const giveUpAt = performance.now() + timeoutMs;
      for (;;) {
        const record = log.find(matches);
        if (record !== undefined) return record;
        if (performance.now() > giveUpAt) {
          throw new Error(`${options.name} did not log what was expected:\n${server.recentOutput()}`);
        }
        await sleep(pollMs);
      }
    },
    async readMetric(name, labels = {}) {
      return sumMetric(await (await fetchOps(options.opsUrl, "/metrics")).text(), name, labels);
    },
    terminate,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function fetchOps(opsUrl: string, path: string): Promise<Response> {
  return fetch(`${opsUrl}${path}`, { signal: AbortSignal.timeout(requestTimeoutMs) });
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return { ...JSON.parse(line) };
  } catch {
    return undefined;
  }
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/ — the text format */
function sumMetric(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
