/**
 * Finds what the simulation cannot know, from the points for calibration and from nothing else.
 *
 * - What turns and things cost: from logins one after the other, where each thing has a turn of its own, and from many at once, where
 *   many share one.
 * - How much slower everything is after sleep: from few logins, on a slow line and at a low rate.
 * - How much of the processors processes can use that wait for each other: from many logins at once.
 * - How late the slow line is: from one login after the other on it.
 *
 * How many things share a turn is itself simulated, so this is repeated until it agrees with itself.
 *
 * @module
 */

import type { ProcessFigures } from "./measure.ts";
import { byProcess, cpuOf, sum } from "./points.ts";
import type { MeasuredPoint, Process } from "./points.ts";
import { simulate } from "./simulation.ts";
import type { Parameters } from "./parameters.ts";
import type { Simulated } from "./simulation.ts";
import { benchInstallation, things } from "./parameters.ts";

const afterShareMax = 0.7;
const repeats = 12;
const logins = { alone: 100, many: 1_000 };
const coldAfterMs = [0.5, 1, 2, 4, 8, 16] as const;
/** With the directory, of a login: for the account, and for the bind. */
const roundTrips = 2;

export interface CalibrateOptions {
  readonly points: readonly MeasuredPoint[];
  readonly processes: Readonly<Record<Process, ProcessFigures>>;
}

interface Calibrating {
  readonly besideShare: Parameters["besideShare"];
  readonly idleCpuMsPerSecond: Parameters["idleCpuMsPerSecond"];
  readonly alone: MeasuredPoint;
  readonly many: MeasuredPoint;
  readonly seldom: MeasuredPoint;
  /** The slowest first. */
  readonly lines: readonly MeasuredPoint[];
  readonly slowest: MeasuredPoint;
}

export function calibrate({ points, processes }: CalibrateOptions): Parameters {
  const calibrating = points.filter(({ use }) => use === "calibration");
  const direct = calibrating.filter(({ at }) => at.latencyMs === 0);
  const find = (is: (at: MeasuredPoint["at"]) => boolean): MeasuredPoint => {
    const found = direct.find(({ at }) => is(at));
    if (found === undefined) throw new Error("a point for calibration is missing");
    return found;
  };
  const lines = calibrating
    .filter(({ at }) => at.latencyMs > 0)
    .toSorted((a, b) => b.at.latencyMs - a.at.latencyMs);
  const [slowest] = lines;
  if (slowest === undefined) throw new Error("no slow line was measured");
  const chosen = {
    // The other two work on several threads by themselves.
    besideShare: byProcess((process) =>
      process === "gateway" || process === "connector" ? 1 - processes[process].mainThreadShare : 0,
    ),
    idleCpuMsPerSecond: byProcess((process) => processes[process].idleCpuMsPerSecond),
    alone: find(({ inFlight, perSecond }) => inFlight === 1 && perSecond === undefined),
    many: find(({ inFlight }) => inFlight > 1),
    seldom: find(({ perSecond }) => perSecond !== undefined),
    lines,
    slowest,
  };
  const tried = coldAfterMs.map((ms) => calibrateWith(chosen, ms));
  const [best] = tried.toSorted((a, b) => seldomError(a, chosen) - seldomError(b, chosen));
  if (best === undefined) throw new Error("nothing was tried");
  return best;
}

function seldomError(parameters: Parameters, { seldom }: Calibrating): number {
  return Math.abs(cpuOf(run(seldom, parameters)) / cpuOf(seldom.figures) - 1);
}

function calibrateWith(
  { alone, many, lines, slowest, besideShare, idleCpuMsPerSecond }: Calibrating,
  ms: number,
): Parameters {
  let parameters: Parameters = {
    costs: byProcess((process) => ({
      turnMs: process === "line" ? slowest.figures.cpuMs.line / things.line : 0,
      loginMs: process === "line" ? 0 : many.figures.cpuMs[process],
    })),
    besideShare,
    idleCpuMsPerSecond,
    afterShare: 0.2,
    usableShare: bounded(
      (many.figures.perSecond * cpuOf(many.figures)) / 1_000 / many.figures.processors,
      0.5,
      1,
    ),
    waking: { wakeMs: 0, coldFactor: 0.5, coldAfterMs: ms },
    lineMs: Object.fromEntries(lines.map(({ at }) => [at.latencyMs, 0])),
  };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const [one, busy, slow] = [run(alone, parameters), run(many, parameters), run(slowest, parameters)];
    const lineMs = lines.map((point) => [
      point.at.latencyMs,
      (parameters.lineMs[point.at.latencyMs] ?? 0) +
        (point.figures.p50Ms - run(point, parameters).p50Ms) / roundTrips,
    ]);
    parameters = {
      ...parameters,
      costs: byProcess((process) =>
        process === "line"
          ? scaled(parameters.costs.line, bounded(slowest.figures.cpuMs.line / slow.cpuMs.line, 0.5, 1.5))
          : costOf(process, parameters, [alone, one], [many, busy]),
      ),
      ...restOf(parameters, [alone, one], [slowest, slow]),
      lineMs: Object.fromEntries(lineMs),
    };
  }
  return parameters;
}

type Seen = readonly [MeasuredPoint, Simulated];

/** Two points, and so two unknowns. */
function costOf(
  process: Process,
  { costs }: Parameters,
  one: Seen,
  many: Seen,
): Parameters["costs"][Process] {
  const { turnMs, loginMs } = costs[process];
  const [missingOne, missingMany] = [one, many].map(
    ([{ figures }, simulated]) => figures.cpuMs[process] - simulated.cpuMs[process],
  ) as [number, number];
  const turnsSaved = one[1].turns[process] - many[1].turns[process];
  const more = turnsSaved < 0.01 ? 0 : (missingOne - missingMany) / turnsSaved / 2;
  const newTurnMs = Math.max(0, turnMs + more);
  const change = missingMany - (newTurnMs - turnMs) * many[1].turns[process];
  return { turnMs: newTurnMs, loginMs: Math.max(0, loginMs + change) };
}

/** A login that is alone takes less long than it costs, by what is done when all has been said; or longer, by waking. */
function restOf(
  { afterShare, waking }: Parameters,
  [alone, one]: Seen,
  [slowest, slow]: Seen,
): Pick<Parameters, "afterShare" | "waking"> {
  const lateMs = one.p50Ms - alone.figures.p50Ms;
  const wakeMs = waking.wakeMs - (afterShare > 0 ? 0 : lateMs / sum(Object.values(one.turns)));
  const coldFactor = waking.coldFactor * bounded(cpuOf(slowest.figures) / cpuOf(slow), 0.5, 1.5);
  return {
    afterShare: bounded(afterShare + lateMs / cpuOf(one), 0, afterShareMax),
    waking: { ...waking, wakeMs: Math.max(0, wakeMs), coldFactor },
  };
}

function bounded(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function scaled({ turnMs, loginMs }: Parameters["costs"][Process], by: number) {
  return { turnMs: turnMs * by, loginMs: loginMs * by };
}

function run(point: MeasuredPoint, parameters: Parameters): Simulated {
  const { at, figures } = point;
  const installation = benchInstallation(figures.processors, parameters.usableShare);
  const count = at.inFlight > 1 ? logins.many : logins.alone;
  return simulate({ at, installation, parameters, logins: count });
}
