/**
 * Measures the points: CPU of every process on the path, logins a second, and how long they take.
 *
 * @module
 */

import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "../../test/support/run-command.ts";
import type { Contestant } from "../contest.ts";
import { startDelayLine } from "../delay-line.ts";
import type { Measured } from "../driver.ts";
import { thisMachine, today } from "../figures.ts";
import type { Machine } from "../figures.ts";
import { Installation } from "../installation.ts";
import { cpuMsOf, machineCpu, mainThreadCpuMsOf, residentMbOf } from "../process-figures.ts";
import { median } from "../rates.ts";
import { ldapsPort, startOurs } from "../sections/ours.ts";
import { byProcess, groups, sum } from "./points.ts";
import type { Group, Load, MeasuredPoint, PointFigures, Process } from "./points.ts";

export interface MeasureOptions {
  readonly rounds: number;
  readonly ms: number;
  readonly users: number;
  readonly say: (sentence: string) => void;
}

const idleMs = 4_000;
const timeoutMs = 10_000;
/** In which what is run often is compiled: before that, a login costs twice as much. */
const warmUp: Load = { inFlight: 64 };
const warmUpRounds = 3;

/** Of one process, in a path with one replica. */
export interface ProcessFigures {
  readonly idleCpuMsPerSecond: number;
  /** Of its CPU under load, what its main thread has: no more than one processor. */
  readonly mainThreadShare: number;
  readonly idleMb: number;
  readonly loadedMb: number;
}

export interface MeasuredPath {
  readonly points: readonly MeasuredPoint[];
  readonly processes: Readonly<Record<Process, ProcessFigures>>;
}

export async function measurePath(options: MeasureOptions): Promise<MeasuredPath> {
  const { users, ms } = options;
  const connections = groups.map((_, index) => `group-${index + 1}`);
  await using installation = await Installation.start({ users, connections });
  const points: MeasuredPoint[] = [];
  let figures: MeasuredPath["processes"] | undefined;
  for (const [index, group] of groups.entries()) {
    await using cleanup = new AsyncDisposableStack();

    const connection = connections[index] ?? "";
    const gateway = cleanup.use(await installation.gateway([connection]));
    const { latencyMs, pool, replicas } = group;
    const line =
      latencyMs === 0
        ? undefined
        : cleanup.use(await startDelayLine(installation.directory.address, ldapsPort, latencyMs));
    const ours = { installation, gateway, connection, replicas, pool, line };
    const contestant = await startOurs(ours, cleanup);
    const idle = figures === undefined ? await idleFigures(contestant) : undefined;
    for (let round = 0; round < warmUpRounds; round += 1) await contestant.driver.run({ ...warmUp, ms });
    points.push(...(await measureGroup(contestant, group, options)));
    if (idle !== undefined) figures = await loadedFigures(contestant, idle, ms);
  }
  if (figures === undefined) throw new Error("there is nothing to measure");
  return { points, processes: figures };
}

/** Of each figure the median of the rounds. */
async function measureGroup(
  contestant: Contestant,
  { loads, ...setting }: Group,
  { rounds, ms, say }: MeasureOptions,
): Promise<readonly MeasuredPoint[]> {
  const measured = loads.map((load) => ({ load, figures: [] as PointFigures[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { load, figures } of measured) {
      // Seldom is longer, so that there are as many.
      const one = await measureOnce(contestant, load, load.inFlight === 1 ? 2 * ms : ms);
      figures.push(one);
      say(
        `${JSON.stringify({ ...setting, ...load })} ${one.perSecond.toFixed(0)} a second, ${one.processors.toFixed(2)} processors`,
      );
    }
  }
  return measured.map(({ load: { use = "validation", ...load }, figures }) => {
    return {
      use,
      at: { ...setting, ...load },
      figures: medianOf(figures),
      rounds: figures.map(({ perSecond }) => rounded(perSecond)),
    };
  });
}

function medianOf(figures: readonly PointFigures[]): PointFigures {
  const of = (pick: (one: PointFigures) => number): number => rounded(median(figures.map(pick)));
  return {
    processors: of(({ processors }) => processors),
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    cpuMs: byProcess((process) => of(({ cpuMs }) => cpuMs[process])),
  };
}

async function measureOnce(contestant: Contestant, load: Load, ms: number): Promise<PointFigures> {
  let measured: Measured | undefined;
  const before = machineCpu();
  const spent = await spentBy(contestant, async () => {
    measured = await contestant.driver.run({ ...load, ms });
  });
  const after = machineCpu();
  if (measured === undefined || measured.failed > 0)
    throw new Error(`logins failed: ${measured?.complaints.join("; ")}`);
  const ours = sum(Object.values(spent).map(({ cpuMs }) => cpuMs));
  const { logins, p50Ms } = measured;
  const unusedMs = after.idleMs - before.idleMs;
  const allMs = after.busyMs - before.busyMs + unusedMs;
  return {
    processors: (cpus().length * (ours + unusedMs)) / allMs,
    perSecond: (1_000 * logins) / measured.ms,
    p50Ms,
    cpuMs: byProcess((process) => spent[process].cpuMs / logins),
  };
}

interface Spent {
  readonly cpuMs: number;
  readonly mainMs: number;
}

/** What each costs a second when nobody logs in, and how much memory it has then. */
async function idleFigures(contestant: Contestant) {
  await sleep(idleMs);
  const spent = await spentBy(contestant, () => sleep(idleMs));
  const idleMb = byProcess((process) => Math.round(residentOf(contestant, process)));
  return { perSecond: byProcess((process) => rounded((1_000 * spent[process].cpuMs) / idleMs)), idleMb };
}

async function loadedFigures(
  contestant: Contestant,
  idle: Awaited<ReturnType<typeof idleFigures>>,
  ms: number,
): Promise<MeasuredPath["processes"]> {
  const spent = await spentBy(contestant, async () => void (await contestant.driver.run({ ...warmUp, ms })));
  return byProcess((process) => ({
    idleCpuMsPerSecond: idle.perSecond[process],
    mainThreadShare: rounded(spent[process].mainMs / Math.max(1, spent[process].cpuMs)),
    idleMb: idle.idleMb[process],
    loadedMb: Math.round(residentOf(contestant, process)),
  }));
}

async function spentBy(
  contestant: Contestant,
  meanwhile: () => Promise<void>,
): Promise<Readonly<Record<Process, Spent>>> {
  const now = (): Readonly<Record<Process, Spent>> =>
    byProcess((process) => ({
      cpuMs: sum(pidsOf(contestant, process).map(cpuMsOf)),
      mainMs: sum(pidsOf(contestant, process).map(mainThreadCpuMsOf)),
    }));
  const before = now();
  await meanwhile();
  const after = now();
  return byProcess((process) => ({
    cpuMs: after[process].cpuMs - before[process].cpuMs,
    mainMs: after[process].mainMs - before[process].mainMs,
  }));
}

function pidsOf({ pids, driver }: Contestant, process: Process): readonly number[] {
  return process === "driver" ? driver.pids : (pids[process] ?? []);
}

function residentOf(contestant: Contestant, process: Process): number {
  return sum(pidsOf(contestant, process).map(residentMbOf));
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

export interface MeasuredMachine extends Machine {
  readonly nats: string;
  readonly openLdap: string;
  /** The day, in UTC. */
  readonly measured: string;
}

/** What somebody needs to know who compares. */
export async function measuredMachine(): Promise<MeasuredMachine> {
  const nats = await runCommand("nats-server", ["--version"], { timeoutMs });
  const slapd = await runCommand("dpkg-query", ["--show", "slapd"], { timeoutMs });
  const versionIn = (text: string): string => /\d+\.\d+\.\d+/.exec(text)?.[0] ?? "unknown";
  return { ...thisMachine(), nats: versionIn(nats), openLdap: versionIn(slapd), measured: today() };
}
