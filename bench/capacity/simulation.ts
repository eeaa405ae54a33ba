/**
 * Sends logins on their way, as many at once or a second as wished, and says what became of them.
 *
 * @module
 */

import { Agenda } from "./agenda.ts";
import type { Installation, Parameters } from "./parameters.ts";
import { Path } from "./path.ts";
import type { PathCounts } from "./path.ts";
import { byProcess, sum } from "./points.ts";
import type { At, Process } from "./points.ts";

export interface Simulated {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly meanMs: number;
  readonly cpuMs: Readonly<Record<Process, number>>;
  readonly turns: Readonly<Record<Process, number>>;
  /** Of what it can use at once, the busiest process of the kind. */
  readonly utilisation: Readonly<Record<Process, number>>;
  /** Logins under way, on average, counted at each change. */
  readonly meanInFlight: number;
  /** From a replica's claim until its verdict, on average: for so long a login has one of its slots. */
  readonly slotMs: number;
  /** For which a bind has a connection, on average. */
  readonly connectionMs: number;
  /** Times that a replica was asked which had no free slot. */
  readonly busyAnswers: number;
}

export interface SimulateOptions {
  readonly at: At;
  readonly installation: Installation;
  readonly parameters: Parameters;
  /** That are looked at, after some that are not. */
  readonly logins: number;
  /** Of chance; the same unless told. */
  readonly seed?: number;
}

const warmUpShare = 0.25;

export function simulate(options: SimulateOptions): Simulated {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulateOptions;
  readonly #agenda = new Agenda();
  readonly #random: () => number;
  readonly #path: Path;
  readonly #tookMs: number[] = [];
  #begun = 0;
  #ended = 0;
  #underWayMs = 0;
  #changedAtMs = 0;

  constructor(options: SimulateOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#path = new Path({ ...options, agenda: this.#agenda, random: this.#random });
  }

  run(): Simulated {
    const { at, logins } = this.#options;
    const warmUps = Math.ceil(logins * warmUpShare);
    if (at.perSecond === undefined) {
      for (let number = 0; number < at.inFlight; number += 1) this.#logIn(() => this.#again());
    } else this.#beginNext(at.perSecond);
    this.#agenda.runUntil(() => this.#ended >= warmUps);
    const before = this.#snapshot();
    this.#tookMs.length = 0;
    this.#agenda.runUntil(() => this.#ended >= warmUps + logins);
    return this.#figures(before, this.#snapshot());
  }

  #again(): void {
    this.#logIn(() => this.#again());
  }

  /** By the clock, however long the ones before take. */
  #beginNext(perSecond: number): void {
    const meanMs = 1_000 / perSecond;
    const { isRandom } = this.#options.installation;
    this.#agenda.after(isRandom ? -Math.log(1 - this.#random()) * meanMs : meanMs, () => {
      this.#logIn(() => undefined);
      this.#beginNext(perSecond);
    });
  }

  #logIn(then: () => void): void {
    const fromMs = this.#agenda.nowMs;
    this.#changes();
    this.#begun += 1;
    this.#path.logIn(() => {
      this.#changes();
      this.#ended += 1;
      this.#tookMs.push(this.#agenda.nowMs - fromMs);
      then();
    });
  }

  #changes(): void {
    const { nowMs } = this.#agenda;
    this.#underWayMs += (this.#begun - this.#ended) * (nowMs - this.#changedAtMs);
    this.#changedAtMs = nowMs;
  }

  #snapshot(): Snapshot {
    this.#changes();
    const cpuMs = byProcess((process) => this.#path.programs[process].map((program) => program.cpuMs));
    const turns = byProcess((process) => sum(this.#path.programs[process].map((program) => program.turns)));
    return {
      atMs: this.#agenda.nowMs,
      cpuMs,
      turns,
      ended: this.#ended,
      underWayMs: this.#underWayMs,
      ...this.#path.counts,
    };
  }

  #figures(before: Snapshot, after: Snapshot): Simulated {
    const ms = after.atMs - before.atMs;
    const logins = after.ended - before.ended;
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    const { idleCpuMsPerSecond } = this.#options.parameters;
    const idleMs = (process: Process): number => (idleCpuMsPerSecond[process] * ms) / 1_000;
    const spent = byProcess((process) =>
      after.cpuMs[process].map((cpuMs, index) => cpuMs - (before.cpuMs[process][index] ?? 0)),
    );
    return {
      perSecond: (1_000 * logins) / ms,
      p50Ms: sorted[Math.floor(sorted.length / 2)] ?? 0,
      meanMs: sum(sorted) / sorted.length,
      cpuMs: byProcess((process) => (sum(spent[process]) + idleMs(process) * spent[process].length) / logins),
      turns: byProcess((process) => (after.turns[process] - before.turns[process]) / logins),
      utilisation: byProcess(
        (process) => (Math.max(...spent[process]) + idleMs(process)) / ms / this.#path.threadsOf(process),
      ),
      meanInFlight: (after.underWayMs - before.underWayMs) / ms,
      slotMs: (after.slotMs - before.slotMs) / logins,
      connectionMs: (after.connectionMs - before.connectionMs) / logins,
      busyAnswers: after.busyAnswers - before.busyAnswers,
    };
  }
}

interface Snapshot extends PathCounts {
  readonly atMs: number;
  readonly cpuMs: Readonly<Record<Process, readonly number[]>>;
  readonly turns: Readonly<Record<Process, number>>;
  readonly ended: number;
  readonly underWayMs: number;
}

/** The same each time, so that what is simulated is, too. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
