/**
 * When a gateway leaves a NATS server that answers it, but does not carry its messages to where the replicas are.
 *
 * The links inside a cluster break too: a node whose route to the others hangs, or has lost track of who listens there, goes on
 * answering pings. Nobody is heard through it then, or those who are heard cannot be reached. But a company's connectors may also all
 * be gone, and the people of other companies, who are served by the same gateway, must not pay for that again and again.
 *
 * @module
 */

import type { MonotonicClock } from "../login/deadline.ts";

export const isolatedAfterMs = 1_000;
/** Where no connector runs at all, another server does not help; each one that was left makes the next wait twice as long. */
const patienceMostMs = 300_000;
const wellAfterMs = 30_000;
/** As many servers as a cluster has were no better by then: while others are reached through this one, it is not to blame. */
const inVainMax = 5;

export class Isolation {
  readonly #now: MonotonicClock;
  #leftAtMs = -Infinity;
  #leftInVain = 0;

  constructor(now: MonotonicClock) {
    this.#now = now;
  }

  /**
   * @param cutOffMs  How long no replica has been heard, or one that is heard has not been reached.
   * @param othersAreWell  Replicas of other connections are reached over this one's server.
   * @returns whether the server is to be left now.
   */
  isDue(cutOffMs: number, othersAreWell: boolean): boolean {
    const now = this.#now();
    if (cutOffMs < this.#patienceMs) {
      if (cutOffMs < isolatedAfterMs && now - this.#leftAtMs > wellAfterMs) this.#leftInVain = 0;
      return false;
    }
    if (othersAreWell && this.#leftInVain >= inVainMax) return false;
    this.#leftInVain += 1;
    this.#leftAtMs = now;
    return true;
  }

  get #patienceMs(): number {
    return Math.min(patienceMostMs, isolatedAfterMs * 2 ** this.#leftInVain);
  }
}
