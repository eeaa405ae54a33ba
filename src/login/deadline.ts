/**
 * One point in monotonic time after which nobody waits any more.
 *
 * A login carries its deadline everywhere; on the wire it travels as milliseconds that remain, because two
 * machines share no clock. Wall time is never compared.
 *
 * @module
 */

/** Monotonic milliseconds; `performance.now` in the programs, a fake in tests. */
export type MonotonicClock = () => number;

export class Deadline {
  readonly #atMs: number;
  readonly #now: MonotonicClock;

  private constructor(atMs: number, now: MonotonicClock) {
    this.#atMs = atMs;
    this.#now = now;
  }

  static after(ms: number, now: MonotonicClock = () => performance.now()): Deadline {
    return new Deadline(now() + ms, now);
  }

  /** Never negative. */
  get remainingMs(): number {
    return Math.max(0, this.#atMs - this.#now());
  }

  get passed(): boolean {
    return this.remainingMs === 0;
  }

  /** The sooner of this deadline and `ms` from now. */
  sooner(ms: number): Deadline {
    return new Deadline(Math.min(this.#atMs, this.#now() + ms), this.#now);
  }
}
