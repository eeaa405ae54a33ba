/**
 * The time within which a grant permits a bind.
 *
 * It starts at this replica's own claim, before the gateway can have granted anything, and is measured on this replica's
 * monotonic clock. So a replica that was frozen or cut off knows, without asking, that somebody else may have taken over.
 * Only the gateway's answer renews it, and then from the moment at which the question was sent.
 *
 * @module
 */

import type { MonotonicClock } from "../login/deadline.ts";

export class GrantWindow {
  readonly #lengthMs: number;
  readonly #now: MonotonicClock;
  readonly #asked = new Map<
    number,
    { readonly atMs: number; readonly answer: PromiseWithResolvers<boolean> }
  >();
  #endsAtMs: number;
  #sequence = 0;

  constructor(claimedAtMs: number, lengthMs: number, now: MonotonicClock) {
    this.#lengthMs = lengthMs;
    this.#now = now;
    this.#endsAtMs = claimedAtMs + lengthMs;
  }

  get open(): boolean {
    return this.#now() < this.#endsAtMs;
  }

  /** The next number for a `working` message. */
  nextSequence(): number {
    return this.#sequence++;
  }

  /** Notes that the message with this number asks for a renewal; resolves true when it is answered within a window's length. */
  ask(sequence: number): Promise<boolean> {
    const answer = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => {
      this.#asked.delete(sequence);
      answer.resolve(false);
    }, this.#lengthMs);
    this.#asked.set(sequence, { atMs: this.#now(), answer });
    return answer.promise.finally(() => clearTimeout(timer));
  }

  renewed(sequence: number): void {
    const question = this.#asked.get(sequence);
    if (question === undefined) return;
    this.#asked.delete(sequence);
    this.#endsAtMs = Math.max(this.#endsAtMs, question.atMs + this.#lengthMs);
    question.answer.resolve(true);
  }
}
