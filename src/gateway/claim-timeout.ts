/**
 * How long to wait for a claim before announcing again: a few times what claims usually take on this network.
 *
 * A smoothed mean and deviation as TCP's retransmission timer keeps them, so that one site waits tens of milliseconds and a link
 * around the world does not announce everything twice.
 *
 * @see RFC 6298 — computing TCP's retransmission timer
 * @module
 */

const firstMs = 150;
const leastMs = 40;
const mostMs = 500;

export class ClaimTimeout {
  #meanMs: number | undefined;
  #deviationMs = 0;

  get ms(): number {
    if (this.#meanMs === undefined) return firstMs;
    return Math.min(mostMs, Math.max(leastMs, 2 * this.#meanMs + 4 * this.#deviationMs));
  }

  took(ms: number): void {
    if (this.#meanMs === undefined) {
      this.#meanMs = ms;
      this.#deviationMs = ms / 2;
      return;
    }
    this.#deviationMs += (Math.abs(ms - this.#meanMs) - this.#deviationMs) / 4;
    this.#meanMs += (ms - this.#meanMs) / 8;
  }
}
