/**
 * When a gateway leaves a NATS server that answers it, but does not carry its messages to where the replicas are.
 *
 * The links inside a cluster break too: a node whose route to the others hangs, or has lost track of who listens there, goes on
 * answering pings. Nobody is heard through it then, or those who are heard cannot be reached.
 *
 * @module
 */

import type { MonotonicClock } from "../login/deadline.ts";

const patienceLeastMs = 1_000;
/** Where no connector runs at all, another server does not help; each one that was left makes the next wait twice as long. */
const patienceMostMs = 300_000;
const wellAfterMs = 30_000;

export class Isolation {
  readonly #now: MonotonicClock;
  #patienceMs = patienceLeastMs;
  #leftAtMs = -Infinity;

  constructor(now: MonotonicClock) {
    this.#now = now;
  }

  /**
   * @param cutOffMs  How long no replica has been heard, or one that is heard has not been reached.
   * @returns whether the server is to be left now.
   */
  isDue(cutOffMs: number): boolean {
    const now = this.#now();
    if (cutOffMs < this.#patienceMs) {
      if (cutOffMs < patienceLeastMs && now - this.#leftAtMs > wellAfterMs)
        this.#patienceMs = patienceLeastMs;
      return false;
    }
    this.#patienceMs = Math.min(patienceMostMs, 2 * this.#patienceMs);
    this.#leftAtMs = now;
    return true;
  }
}
