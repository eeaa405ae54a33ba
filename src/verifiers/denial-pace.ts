/**
 * How long a wrong password takes here, so that a name that nobody has takes as long.
 *
 * Nothing is bound for an unknown name. Answered at once, it would be told apart from a known one by the time alone. So it waits for as
 * long as one of the last wrong passwords took the directory, picked at random: over many tries both have one distribution.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Deadline } from "../login/deadline.ts";

const rememberedMax = 64;
/** Before anybody mistyped: about what a bind takes. */
const firstMs = 10;

export class DenialPace {
  readonly #random: () => number;
  readonly #durationsMs: number[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A wrong password was refused after so many milliseconds. */
  took(ms: number): void {
    this.#durationsMs.push(ms);
    if (this.#durationsMs.length > rememberedMax) this.#durationsMs.shift();
  }

  async wait(deadline: Deadline): Promise<void> {
    const index = Math.floor(this.#random() * this.#durationsMs.length);
    const ms = this.#durationsMs[index] ?? firstMs;
    await pause(Math.min(ms, deadline.remainingMs));
  }
}
