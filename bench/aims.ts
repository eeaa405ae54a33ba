/**
 * What the figures should be, and what they are.
 *
 * @module
 */

import { ratioIn, ratios, spreadOf, valuesOf } from "./ratios.ts";
import type { Spread } from "./ratios.ts";
import type { Row } from "./row.ts";
import { oursName } from "./sections/ours.ts";
import { latencyAt, circumstancesAt } from "./sections/throughput.ts";
import { startAt } from "./sections/start.ts";

export interface Aim {
  readonly what: string;
  readonly aim: number;
  /** Whether it should be at least, or at most, so much. */
  readonly better: "higher" | "lower";
  readonly unit: "×" | "ms" | "MB";
  /** Undefined where it was not. */
  measured(rows: readonly Row[]): Spread | undefined;
}

export function isReached({ aim, better }: Aim, { median }: Spread): boolean {
  return better === "higher" ? median >= aim : median <= aim;
}

export const aims: readonly Aim[] = [
  ...ratios.flatMap((ratio): readonly Aim[] => {
    const { name: what, aim, better } = ratio;
    if (aim === undefined) return [];
    return [{ what, aim, better, unit: "×", measured: (rows) => ratioIn(ratio, rows) }];
  }),
  addedTime("p50Ms", "half of all logins, at half load: longer than at a bare loop by", 1.5),
  addedTime("p99Ms", "99 of 100 logins, at half load: longer than at a bare loop by", 10),
  atMost("CPU of the connector a login, 0 ms", 0.6, "ms", (rows) =>
    valuesOf(
      {
        section: "throughput",
        name: oursName(1),
        at: circumstancesAt(0, oursName(1)),
        figure: "connectorCpuMs",
      },
      rows,
    ),
  ),
  ...(["connector", "gateway"] as const).flatMap((program) => [
    atMost(`memory of an idle ${program}`, 120, "MB", (rows) =>
      valuesOf({ section: "start", name: program, at: startAt, figure: "idleMb" }, rows),
    ),
    atMost(`start of a ${program} until it is ready`, 1_000, "ms", (rows) =>
      valuesOf({ section: "start", name: program, at: startAt, figure: "readyMs" }, rows),
    ),
  ]),
];

function addedTime(figure: "p50Ms" | "p99Ms", what: string, aim: number): Aim {
  return atMost(what, aim, "ms", (rows) => {
    const bare = valuesOf({ section: "latency", name: "bare loop", at: latencyAt, figure }, rows);
    const ours = valuesOf({ section: "latency", name: oursName(1), at: latencyAt, figure }, rows);
    if (bare === undefined) return undefined;
    return ours?.map((value, round) => value - (bare[round] ?? Number.NaN));
  });
}

function atMost(
  what: string,
  aim: number,
  unit: Aim["unit"],
  values: (rows: readonly Row[]) => readonly number[] | undefined,
): Aim {
  return {
    what,
    aim,
    better: "lower",
    unit,
    measured(rows) {
      const rounds = values(rows);
      return rounds && spreadOf(rounds);
    },
  };
}
