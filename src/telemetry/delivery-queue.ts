/**
 * What stands between those who write something down and a place that takes its time, or is away: a bounded queue, and one delivery
 * after another.
 *
 * Each is delivered until it is there. While its place is away the queue fills, and what does not fit in is lost, and counted.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";

export interface DeliveryQueueOptions<T> {
  /**
   * Resolves with true when all of them are kept; never rejects. After false they come again, so that a place must know what it has, or
   * whoever reads must not mind a record twice.
   */
  readonly deliver: (records: readonly T[]) => Promise<boolean>;
  readonly lost: (count: number) => void;
  readonly kept: (count: number) => void;
  /** 10,000 unless told: a few MB, and seconds of a gateway at its limit. */
  readonly waitingMax?: number;
  /** What comes within this time after the first goes with it; none unless told. */
  readonly gatherMs?: number;
}

/** Together in one delivery. */
const batchMax = 256;
const againMs = 500;

export class DeliveryQueue<T> {
  readonly #options: DeliveryQueueOptions<T>;
  readonly #waitingMax: number;
  #waiting: T[] = [];
  #delivering: Promise<void> | undefined;
  readonly #closed = new AbortController();

  constructor(options: DeliveryQueueOptions<T>) {
    this.#options = options;
    this.#waitingMax = options.waitingMax ?? 10_000;
  }

  /** Waits for nobody. */
  take(record: T): void {
    if (this.#closed.signal.aborted || this.#waiting.length >= this.#waitingMax) this.#options.lost(1);
    else this.#waiting.push(record);
    this.#delivering ??= this.#deliverAll();
  }

  /** Waits for what is under way, as long as may be; what is left then is lost. */
  async close(timeoutMs: number): Promise<void> {
    // It may be the last thing that the process waits for.
    await Promise.race([this.#delivering, pause(timeoutMs, undefined, { signal: this.#closed.signal })]);
    this.#closed.abort();
    if (this.#waiting.length > 0) this.#options.lost(this.#waiting.length);
    this.#waiting = [];
  }

  async #deliverAll(): Promise<void> {
    // Whoever writes a record is in the middle of something else, and several may come at once.
    await (this.#options.gatherMs === undefined ? Promise.resolve() : pause(this.#options.gatherMs));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, batchMax);
      const isKept = await this.#options.deliver(batch);
      if (this.#closed.signal.aborted) return;
      if (isKept) {
        this.#waiting.splice(0, batch.length);
        this.#options.kept(batch.length);
      } else {
        await pause(againMs, undefined, { ref: false, signal: this.#closed.signal }).catch(() => undefined);
      }
    }
    this.#delivering = undefined;
  }
}
