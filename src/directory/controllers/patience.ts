/**
 * How long an answer of one controller is waited for before another one is asked.
 *
 * A multiple of what its answers usually take, as TCP waits for acknowledgements: a fast controller that falls silent is left after a
 * moment, and one that is slow under load is not taken for a dead one, which would only move the load.
 *
 * @see RFC 6298 §2 — smoothed time and its variation
 * @module
 */

const smoothing = 1 / 8;
const variationSmoothing = 1 / 4;
const variationsWaited = 4;
/** A pause of a garbage collection, ours or theirs, is no silence. */
const leastMs = 150;

export class Patience {
  readonly #mostMs: number;
  #usualMs: number | undefined;
  #variationMs = 0;

  /** @param mostMs  Also where nothing is known yet. */
  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  get ms(): number {
    if (this.#usualMs === undefined) return this.#mostMs;
    const ms = 2 * this.#usualMs + variationsWaited * this.#variationMs;
    return Math.min(this.#mostMs, Math.max(leastMs, ms));
  }

  /** @param ms  How long an answer took, or how long it was waited for in vain. */
  took(ms: number): void {
    const usual = this.#usualMs;
    this.#usualMs = usual === undefined ? ms : usual + smoothing * (ms - usual);
    const off = usual === undefined ? ms / 2 : Math.abs(ms - usual);
    this.#variationMs += variationSmoothing * (off - this.#variationMs);
  }
}
