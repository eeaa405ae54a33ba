/**
 * A controller's clock as seen from here: it tells whole seconds (`currentTime` in the rootDSE), so one reading says where it stands
 * to within a second, and several, taken until the second changes, to within the time between two of them.
 *
 * @see MS-ADTS 3.1.1.3.2.9 — currentTime
 * @module
 */

const secondMs = 1_000;

export class ControllerClock {
  /** What to add to our own monotonic time, at the least and at the most, for milliseconds since 1970 there. */
  #leastOffsetMs = -Infinity;
  #mostOffsetMs = Infinity;

  /** It told this second at some moment between question and answer; seconds are cut off, not rounded. */
  told(unixMs: number, askedAtMs: number, answeredAtMs: number): void {
    this.#leastOffsetMs = Math.max(this.#leastOffsetMs, unixMs - answeredAtMs);
    this.#mostOffsetMs = Math.min(this.#mostOffsetMs, unixMs + secondMs - askedAtMs);
  }

  /** Where a moment of ours lies on its clock, in milliseconds since 1970. */
  at(ms: number): { readonly earliestMs: number; readonly latestMs: number } {
    return { earliestMs: ms + this.#leastOffsetMs, latestMs: ms + this.#mostOffsetMs };
  }

  /** How exactly it is known, in milliseconds. */
  get uncertaintyMs(): number {
    return this.#mostOffsetMs - this.#leastOffsetMs;
  }
}
