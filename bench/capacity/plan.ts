/**
 * What so many logins a second need: the fewest of everything with which nobody is busier than wished, one of each being away.
 *
 * Each process has a processor of its own, as pods that requested one do, and logins come at random.
 *
 * @module
 */

import { byProcess } from "./points.ts";
import type { Process } from "./points.ts";
import { simulate } from "./simulation.ts";
import type { Parameters } from "./parameters.ts";
import type { Simulated } from "./simulation.ts";

export interface PlanOptions {
  readonly perSecond: number;
  /** From a replica to its controller and back. */
  readonly latencyMs: number;
  /** One way, between a program and its NATS node. */
  readonly busMs: number;
  /** Of one processor, with one of each away. */
  readonly utilisationMax: number;
}

export interface Plan extends Counts {
  /** Of the settings, what has to be more than the default. */
  readonly inFlightMax: number;
  readonly pool: number;
  /** With one of each away. */
  readonly worst: Simulated;
  readonly usual: Simulated;
}

/** Processes of each kind; of NATS, the processors of each of its nodes. */
interface Counts {
  readonly gateways: number;
  readonly replicas: number;
  readonly natsThreads: number;
}

/** For failures, not for load. */
const least: Counts = { gateways: 2, replicas: 3, natsThreads: 1 };
const natsNodes = 3;
const defaults = { inFlightMax: 64, pool: 16 } as const;
const most = { inFlightMax: 4_096, pool: 256 } as const;
const logins = 1_000;
/** Slots and connections for twice what is needed on average: logins come in waves. */
const reserve = 2;
const stepsMax = 60;

const kinds = { gateways: "gateway", replicas: "connector", natsThreads: "nats" } as const;

export function planFor(options: PlanOptions, parameters: Parameters): Plan {
  let counts = atLeast(options, parameters);
  for (let step = 0; step < stepsMax; step += 1) {
    const worst = run(counts, 1, options, parameters);
    const isBusy = (kind: keyof Counts): boolean => worst.utilisation[kinds[kind]] > options.utilisationMax;
    if (!isBusy("gateways") && !isBusy("replicas") && !isBusy("natsThreads")) {
      const usual = run(counts, 0, options, parameters);
      return { ...counts, ...settings(worst, options, counts), worst, usual };
    }
    const more = (kind: keyof Counts): number => counts[kind] + (isBusy(kind) ? 1 : 0);
    counts = { gateways: more("gateways"), replicas: more("replicas"), natsThreads: more("natsThreads") };
  }
  throw new Error(`no installation answers ${options.perSecond} logins a second`);
}

/** What the work itself takes, without the turns that it is done in. */
function atLeast({ perSecond, utilisationMax }: PlanOptions, { costs, besideShare }: Parameters): Counts {
  const count = (process: Process): number => {
    const mainMs = costs[process].loginMs * (1 - besideShare[process]);
    return Math.floor((perSecond * mainMs) / 1_000 / utilisationMax);
  };
  return {
    ...least,
    gateways: Math.max(least.gateways, count("gateway") + 1),
    replicas: Math.max(least.replicas, count("connector") + 1),
  };
}

function settings({ slotMs, connectionMs }: Simulated, { perSecond }: PlanOptions, { replicas }: Counts) {
  const each = perSecond / (replicas - 1) / 1_000;
  return {
    inFlightMax: Math.max(defaults.inFlightMax, roundUp(each * slotMs * reserve)),
    pool: Math.max(defaults.pool, roundUp(each * connectionMs * reserve)),
  };
}

function roundUp(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

function run(
  { gateways, replicas, natsThreads }: Counts,
  away: number,
  { perSecond, latencyMs, busMs }: PlanOptions,
  parameters: Parameters,
): Simulated {
  return simulate({
    at: { latencyMs, replicas: replicas - away, pool: most.pool, inFlight: 1, perSecond },
    installation: {
      processors: Infinity,
      gateways: gateways - away,
      natsNodes: natsNodes - away,
      natsThreads,
      inFlightMax: most.inFlightMax,
      busMs,
      hasLine: false,
      isRandom: true,
    },
    parameters: outside(parameters),
    logins,
  });
}

/** The applications' and the directory's processors are no part of the installation. */
function outside(parameters: Parameters): Parameters {
  const free = { turnMs: 0, loginMs: 0 };
  const isOurs = (process: Process): boolean =>
    process === "gateway" || process === "nats" || process === "connector";
  return {
    ...parameters,
    costs: byProcess((process) => (isOurs(process) ? parameters.costs[process] : free)),
  };
}
