/**
 * Simulated time, and processors that everything on one machine shares.
 *
 * @module
 */

import { Heap } from "./heap.ts";

type Act = () => void;

/** What happens, in the order of its time; at the same time, in the order in which it was put down. */
export class Agenda {
  readonly #coming = new Heap<{ readonly atMs: number; readonly number: number; readonly act: Act }>(
    (a, b) => a.atMs - b.atMs || a.number - b.number,
  );
  #nowMs = 0;
  #number = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, act: Act): void {
    this.#coming.push({ atMs: this.#nowMs + ms, number: this.#number++, act });
  }

  /** Until it is so, or nothing is to come. */
  runUntil(isOver: () => boolean): void {
    while (!isOver()) {
      const next = this.#coming.pop();
      if (next === undefined) return;
      this.#nowMs = next.atMs;
      next.act();
    }
  }
}

/**
 * Whoever has something to do waits for a processor, runs until its turn is over, and stands in line anew.
 *
 * Turns are shorter than what a kernel gives at once, so they are not cut into pieces. And so a process takes up what came while it
 * stood in line: this is where the batches of a busy machine come from. (Were each given its share at once, as the usual model has it,
 * batches would be far too small.)
 */
export class Processors {
  readonly #agenda: Agenda;
  readonly #speed: number;
  readonly #line: (() => void)[] = [];
  #free: number;

  /** @param count  `Infinity` where everybody has one of their own; a part of one makes all of them slower. */
  constructor(agenda: Agenda, count: number) {
    this.#agenda = agenda;
    this.#free = Math.ceil(count);
    this.#speed = count === Infinity ? 1 : count / this.#free;
  }

  get hasFree(): boolean {
    return this.#free > 0;
  }

  /** @param turn  Keeps the processor until it calls {@link leave}. */
  enter(turn: Act): void {
    if (this.#free === 0) {
      this.#line.push(turn);
      return;
    }
    this.#free -= 1;
    turn();
  }

  leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  work(ms: number, then: Act): void {
    this.#agenda.after(ms / this.#speed, then);
  }
}
