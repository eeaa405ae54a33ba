/**
 * What was measured, as it is committed, and what the simulation says of the same points.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { benchInstallation } from "./parameters.ts";
import type { LoginMeasurement } from "./measure-login.ts";
import type { MeasuredMachine, ProcessFigures } from "./measure.ts";
import { byProcess, cpuOf, sum } from "./points.ts";
import type { At, MeasuredPoint, PointFigures, Process } from "./points.ts";
import { simulate } from "./simulation.ts";
import type { Parameters } from "./parameters.ts";
import type { Simulated } from "./simulation.ts";

export interface Measured {
  readonly machine: MeasuredMachine;
  readonly points: readonly MeasuredPoint[];
  readonly processes: Readonly<Record<Process, ProcessFigures>>;
  readonly login: LoginMeasurement;
  /** Found from the points for calibration. */
  readonly parameters: Parameters;
}

export const measuredFile = join(import.meta.dirname, "measured.json");

export function readMeasured(): Measured {
  const measured: Measured = JSON.parse(readFileSync(measuredFile, "utf8"));
  return measured;
}

export interface Compared extends MeasuredPoint {
  readonly simulated: PointFigures;
  /** 0.1 where the simulation says a tenth more than was measured. */
  readonly errors: Readonly<Record<"perSecond" | "p50Ms" | "cpuMs", number>>;
}

/**
 * How far off the simulation may be, as the page states it: of logins a second and of CPU; of the median by a tenth more. The more
 * replicas share two processors, the less each finds of what it had in their caches, which the simulation does not know.
 */
export function toleranceOf({ replicas }: At): number {
  return 0.15 + 0.05 * replicas;
}

const logins = 1_200;
/** Where replicas are more than one, what becomes of a login is a matter of chance, too. */
const seeds = [1, 2, 3, 4] as const;

export function compare(points: readonly MeasuredPoint[], parameters: Parameters): readonly Compared[] {
  return points.map((point) => {
    const { at, figures } = point;
    const installation = benchInstallation(figures.processors, parameters.usableShare);
    const runs = seeds
      .slice(0, at.replicas > 1 ? seeds.length : 1)
      .map((seed) => simulate({ at, installation, parameters, logins, seed }));
    const simulated = meanOf(runs, figures.processors);
    const errors = {
      perSecond: simulated.perSecond / figures.perSecond - 1,
      p50Ms: simulated.p50Ms / figures.p50Ms - 1,
      cpuMs: cpuOf(simulated) / cpuOf(figures) - 1,
    };
    return { ...point, simulated, errors };
  });
}

function meanOf(runs: readonly Simulated[], processors: number): PointFigures {
  const of = (pick: (one: Simulated) => number): number => sum(runs.map(pick)) / runs.length;
  return {
    processors,
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    cpuMs: byProcess((process) => of(({ cpuMs }) => cpuMs[process])),
  };
}
