/**
 * Several things that log people in, measured in turn, round after round, so that the machine's faster and slower moments hit all
 * alike.
 *
 * @module
 */

import type { Driver, Load, Measured } from "./driver.ts";
import { cpuMsOf } from "./process-figures.ts";

export interface Contestant {
  readonly name: string;
  readonly driver: Driver;
  /** Processes by what they are; those of one name are added up. The driver's own are counted as `driver`. */
  readonly pids: Readonly<Record<string, readonly number[]>>;
}

export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Milliseconds of CPU for each login, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly logins: number;
}

export interface ContestOptions {
  readonly rounds: number;
  /** For one contestant, or for all. */
  readonly load: Load | ((contestant: Contestant) => Load);
  readonly say: (sentence: string) => void;
  /** Logins that may fail in a measurement, on a machine that stands still now and then; none unless told. */
  readonly failedMax?: number;
}

const warmUpMs = 1_500;

export async function contest(
  contestants: readonly Contestant[],
  { rounds, load, say, failedMax = 0 }: ContestOptions,
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  const loadOf = (contestant: Contestant): Load => (typeof load === "function" ? load(contestant) : load);
  const all = new Map<string, Figures[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) await contestant.driver.run({ ...loadOf(contestant), ms: warmUpMs });
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) {
      const figures = await measure(contestant, loadOf(contestant), failedMax);
      all.get(contestant.name)?.push(figures);
      say(`${contestant.name}: ${figures.perSecond.toFixed(0)} a second, p50 ${figures.p50Ms.toFixed(1)} ms`);
    }
  }
  return all;
}

async function measure({ name, driver, pids }: Contestant, load: Load, failedMax: number): Promise<Figures> {
  const groups = Object.entries({ ...pids, driver: driver.pids });
  const cpu = (): readonly number[] =>
    groups.map(([, group]) => group.reduce((sum, pid) => sum + cpuMsOf(pid), 0));
  const before = cpu();
  const measured = await driver.run(load);
  const after = cpu();
  if (measured.failed > failedMax)
    throw new Error(`${name}: ${measured.failed} logins failed: ${measured.complaints.join("; ")}`);
  return figuresOf(
    measured,
    groups.map(([group], index) => [group, (after[index] ?? 0) - (before[index] ?? 0)]),
  );
}

function figuresOf(measured: Measured, cpu: readonly (readonly [string, number])[]): Figures {
  const { logins, ms, p50Ms, p99Ms } = measured;
  const cpuMs = Object.fromEntries(cpu.map(([name, spent]) => [name, spent / logins]));
  return { perSecond: (1_000 * logins) / ms, p50Ms, p99Ms, cpuMs, logins };
}
