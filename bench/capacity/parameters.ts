/**
 * What a simulation is told: what everything costs, and what there is.
 *
 * @module
 */

import type { Process } from "./points.ts";
import type { Cost, Waking } from "./program.ts";

export interface Parameters {
  readonly costs: Readonly<Record<Process, Cost>>;
  /** Of the CPU of each, what other threads than the main one do. */
  readonly besideShare: Readonly<Record<Process, number>>;
  /** Of the work of each turn, what is done when all has been said. */
  readonly afterShare: number;
  readonly waking: Waking;
  /** What each process does, logins or not, in a second. */
  readonly idleCpuMsPerSecond: Readonly<Record<Process, number>>;
  /** Of the processors, what many processes that wait for each other can use: each is asleep until it is woken. */
  readonly usableShare: number;
  /** By which a round trip on a line that is told to add so many milliseconds is longer: its timers count whole ones. */
  readonly lineMs: Readonly<Record<string, number>>;
}

/** What there is, beside what a point says. */
export interface Installation {
  /** That all processes share; Infinity where each has its own. */
  readonly processors: number;
  readonly gateways: number;
  readonly natsNodes: number;
  /** On which one node works at once; the programs have one each. */
  readonly natsThreads: number;
  /** Logins that one replica takes at once. */
  readonly inFlightMax: number;
  /** One way, between any program and its NATS node. */
  readonly busMs: number;
  /** The directory's delay is that of the network, and no process in between costs anything. */
  readonly hasLine: boolean;
  /** Logins come at random, as people do, and not evenly. */
  readonly isRandom: boolean;
}

/** Things of one login that come to each process; the directory's operations are three. */
export const things: Readonly<Record<Process, number>> = {
  driver: 1,
  gateway: 4,
  nats: 6,
  connector: 6,
  directory: 3,
  line: 12,
};

/** In which the points are measured: one of everything, on one machine. */
export function benchInstallation(processors: number, usableShare = 1): Installation {
  return {
    processors: processors * usableShare,
    gateways: 1,
    natsNodes: 1,
    natsThreads: 1,
    inFlightMax: 1_024,
    busMs: 0,
    hasLine: true,
    isRandom: false,
  };
}
