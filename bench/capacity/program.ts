/**
 * One process of the path: it wakes, takes whatever has come for it, works on that in one turn, and says what it has to say.
 *
 * So a turn has a price (waking, the system calls of one read and one write), and each thing in it another: the more there is to do,
 * the less each costs. That is why no cost of a login is a constant.
 *
 * @module
 */

import type { Agenda, Processors } from "./agenda.ts";

export interface Cost {
  readonly turnMs: number;
  /** Of a login altogether, however many things of it come in: each of them costs its part. */
  readonly loginMs: number;
}

export interface ProgramOptions {
  readonly agenda: Agenda;
  readonly processors: Processors;
  readonly turnMs: number;
  readonly thingMs: number;
  /** Of its CPU, what other threads do meanwhile. */
  readonly besideShare: number;
  /** Of its work, what is done when all has been said: records of the log, metrics. */
  readonly afterShare: number;
  /** That share the work. */
  readonly threads: number;
  readonly waking: Waking;
}

export interface Waking {
  /** Until a processor that slept runs what something has come for. */
  readonly wakeMs: number;
  /** By how much everything takes longer for one that slept long: the processor remembers nothing of it any more. */
  readonly coldFactor: number;
  /** From which on that is felt: each time as long again costs the same more. */
  readonly coldAfterMs: number;
}

interface Thing {
  readonly weight: number;
  readonly done: () => void;
}

export class Program {
  readonly #options: ProgramOptions;
  #waiting: Thing[] = [];
  #atEnd: (() => void)[] = [];
  #isAwake = false;
  #sleepsSinceMs = 0;
  /** Of this turn. */
  #afterMs = 0;
  #cpuMs = 0;
  #turns = 0;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  /** So far, of all its threads. */
  get cpuMs(): number {
    return this.#cpuMs;
  }

  get turns(): number {
    return this.#turns;
  }

  /**
   * @param done  What comes of it.
   * @param weight  Of the work of one thing, what this one is.
   */
  takes(done: () => void, weight = 1): void {
    this.#waiting.push({ done, weight });
    if (this.#isAwake) return;
    this.#isAwake = true;
    const { agenda, processors, waking } = this.#options;
    const sleptMs = agenda.nowMs - this.#sleepsSinceMs;
    const slowness = 1 + waking.coldFactor * Math.log1p(sleptMs / waking.coldAfterMs);
    agenda.after(processors.hasFree ? waking.wakeMs : 0, () => this.#enter(slowness));
  }

  /** What it says when all that it took in this turn is done: in one write. */
  atEndOfTurn(say: () => void): void {
    this.#atEnd.push(say);
  }

  #enter(slowness: number): void {
    this.#options.processors.enter(() => this.#turn(slowness));
  }

  #turn(slowness: number): void {
    const things = this.#waiting;
    this.#waiting = [];
    this.#turns += 1;
    this.#work(this.#options.turnMs * slowness, () => this.#next(things, 0, slowness));
  }

  #next(things: readonly Thing[], index: number, slowness: number): void {
    const thing = things[index];
    if (thing === undefined) {
      this.#endTurn();
      return;
    }
    this.#work(this.#options.thingMs * thing.weight * slowness, () => {
      thing.done();
      this.#next(things, index + 1, slowness);
    });
  }

  #endTurn(): void {
    const { agenda, processors } = this.#options;
    for (const say of this.#atEnd.splice(0)) say();
    const afterMs = this.#afterMs;
    this.#afterMs = 0;
    processors.work(afterMs, () => {
      processors.leave();
      if (this.#waiting.length > 0) {
        this.#enter(1);
        return;
      }
      this.#isAwake = false;
      this.#sleepsSinceMs = agenda.nowMs;
    });
  }

  #work(ms: number, then: () => void): void {
    const { besideShare, afterShare, processors, threads } = this.#options;
    this.#cpuMs += ms;
    if (besideShare > 0) this.#beside(ms * besideShare);
    const mainMs = (ms * (1 - besideShare)) / threads;
    this.#afterMs += mainMs * afterShare;
    processors.work(mainMs * (1 - afterShare), then);
  }

  #beside(ms: number): void {
    const { processors } = this.#options;
    processors.enter(() => processors.work(ms, () => processors.leave()));
  }
}
