/**
 * What is compared: two things that were measured in turn, round by round, in one run.
 *
 * Machines differ, and so does one machine an hour later. What hits both sides of a ratio alike drops out of it.
 *
 * @module
 */

import { findRow } from "./figures.ts";
import { median, quantile } from "./rates.ts";
import type { Row } from "./row.ts";
import { oursName } from "./sections/ours.ts";
import { sizePerSecond } from "./sections/size.ts";
import { circumstancesAt, scalingAt } from "./sections/throughput.ts";

export interface Ratio {
  readonly name: string;
  readonly of: Term;
  readonly to: Term;
  readonly better: "higher" | "lower";
  /** Speed depends on how many processors the contestants share; the CPU of one beside that of another one hardly does. */
  readonly holdsOn: "every machine" | "the same machine";
  /** At least, or at most, as `better` says. */
  readonly aim?: number;
  /** Takes minutes: not checked unless somebody asks for its section. */
  readonly isLong?: boolean;
}

export interface Term extends Pick<Row, "section" | "name" | "at"> {
  readonly figure: string;
}

/** Of what was measured in rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Half of the way between the quartiles, as a share of the median: one bad round among several is no noise. */
  readonly noise: number;
}

export function termsOf({ of, to }: Ratio): readonly Term[] {
  return [of, to];
}

/** Undefined where one of the two was not measured. */
export function ratioIn({ of, to }: Ratio, rows: readonly Row[]): Spread | undefined {
  const [above, below] = [valuesOf(of, rows), valuesOf(to, rows)];
  if (above === undefined || below === undefined) return undefined;
  const rounds = above.slice(0, below.length).map((value, round) => value / (below[round] ?? Number.NaN));
  return spreadOf(rounds);
}

export function spreadOf(rounds: readonly number[]): Spread {
  const middle = median(rounds);
  const noise = (quantile(rounds, 0.75) - quantile(rounds, 0.25)) / 2 / Math.abs(middle);
  return { median: middle, least: Math.min(...rounds), most: Math.max(...rounds), noise };
}

/** In each round; undefined where it was not measured. */
export function valuesOf({ figure, ...wanted }: Term, rows: readonly Row[]): readonly number[] | undefined {
  return findRow(rows, wanted)?.rounds[figure];
}

export const ratios: readonly Ratio[] = [
  ...(
    [
      [0, 0.6],
      [5, 0.95],
      [20, 0.95],
    ] as const
  ).map(([latencyMs, aim]): Ratio => ({
    name: `logins a second beside a bare loop, ${latencyMs} ms`,
    of: throughputOf(oursName(1), latencyMs),
    to: throughputOf("bare loop", latencyMs),
    better: "higher",
    holdsOn: "the same machine",
    aim,
  })),
  ...(
    [
      [0, 3],
      [20, 25],
    ] as const
  ).map(([latencyMs, aim]): Ratio => ({
    name: `logins a second beside one login at a time, ${latencyMs} ms`,
    of: throughputOf(oursName(1), latencyMs),
    to: throughputOf("one login at a time", latencyMs),
    better: "higher",
    holdsOn: "the same machine",
    aim,
  })),
  {
    name: "logins a second of 2 replicas beside 1, 20 ms",
    of: { section: "scaling", name: oursName(2), at: scalingAt, figure: "perSecond" },
    to: { section: "scaling", name: oursName(1), at: scalingAt, figure: "perSecond" },
    better: "higher",
    holdsOn: "the same machine",
    aim: 1.9,
  },
  ...(["connector", "gateway"] as const).map((program): Ratio => ({
    name: `CPU a login of the ${program} beside a bare loop's`,
    of: { ...throughputOf(oursName(1), 0), figure: `${program}CpuMs` },
    to: { ...throughputOf("bare loop", 0), figure: "driverCpuMs" },
    better: "lower",
    holdsOn: "every machine",
  })),
  {
    name: "CPU a login of the connector in 200 groups beside none",
    of: { section: "groups", name: "200 groups", at: { inFlight: 16 }, figure: "connectorCpuMs" },
    to: { section: "groups", name: "0 groups", at: { inFlight: 16 }, figure: "connectorCpuMs" },
    better: "lower",
    holdsOn: "every machine",
  },
  {
    name: "time of a login in 200 groups beside none",
    of: { section: "groups", name: "200 groups", at: { inFlight: 1 }, figure: "p50Ms" },
    to: { section: "groups", name: "0 groups", at: { inFlight: 1 }, figure: "p50Ms" },
    better: "lower",
    holdsOn: "every machine",
    aim: 1.5,
  },
  ...(
    [
      ["people", "100000 people", "100 people"],
      ["replicas", "32 replicas", "1 replica"],
      ["connections", "100 connections", "1 connection"],
    ] as const
  ).map(([section, many, few]): Ratio => ({
    name: `CPU a login with ${many} beside ${few}`,
    of: { section, name: many, at: { perSecond: sizePerSecond }, figure: "cpuMs" },
    to: { section, name: few, at: { perSecond: sizePerSecond }, figure: "cpuMs" },
    better: "lower",
    holdsOn: "every machine",
    aim: 1.2,
    isLong: true,
  })),
];

function throughputOf(name: string, latencyMs: number): Term {
  return { section: "throughput", name, at: circumstancesAt(latencyMs, name), figure: "perSecond" };
}
