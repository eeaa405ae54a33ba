/**
 * How much each replica has to do for this gateway.
 *
 * A queue group gives by lot, and where all replicas have much to do nothing draws lines together again that chance has made long
 * and short: people wait in one while another one is empty.
 *
 * @module
 */

import type { ProcessId } from "../protocol/subjects.ts";

/** So many times as much as another has, and so many more. */
const unevenFactor = 2;
const unevenLeast = 8;

export class UnderWay {
  readonly #counts = new Map<ProcessId, number>();

  /** A request that it was granted, until that ends. */
  async during<T>(replica: ProcessId, request: Promise<T>): Promise<T> {
    this.#counts.set(replica, this.of(replica) + 1);
    try {
      return await request;
    } finally {
      const left = this.of(replica) - 1;
      if (left > 0) this.#counts.set(replica, left);
      else this.#counts.delete(replica);
    }
  }

  of(replica: ProcessId): number {
    return this.#counts.get(replica) ?? 0;
  }

  isUneven(replicas: readonly ProcessId[]): boolean {
    return areUneven(replicas.map((replica) => this.of(replica)));
  }
}

/** Whether one of these has far more to do than another. */
export function areUneven(counts: readonly number[]): boolean {
  const least = Math.min(...counts);
  return Math.max(...counts) >= Math.max(unevenFactor * least, least + unevenLeast);
}
