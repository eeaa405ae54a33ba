/**
 * Which of the other side's messages have been opened: each at most once, and out of order by no more than the window.
 *
 * NATS keeps the order of what one connection publishes; a message that was on its way when its sender or reader changed servers may
 * come behind later ones.
 *
 * @see RFC 6479 — the sliding window of IPsec, of which this is the plain form
 * @module
 */

const windowSize = 1_024;

export class ReplayWindow {
  #highest = -1;
  /** By number modulo the size: the number that was opened last in that place. */
  readonly #opened = new Float64Array(windowSize).fill(-1);

  /** Whether this number is new, and not too old to be known as new. */
  admits(n: number): boolean {
    return n > this.#highest || (n > this.#highest - windowSize && this.#opened[n % windowSize] !== n);
  }

  /** To be called once the message has proved authentic: a forged one must not use up a number. */
  opened(n: number): void {
    this.#highest = Math.max(this.#highest, n);
    this.#opened[n % windowSize] = n;
  }

  /** How many numbers the other side has come to. */
  get reached(): number {
    return this.#highest + 1;
  }
}
