/**
 * How long each replica takes for a granted login, and which of them are far slower than the others.
 *
 * A fixed lottery sends every replica its share, and with it a third of all people to the one whose machine is starved or whose
 * controller is far away. A slow replica gets one login in a while, so that it is seen when it has come right.
 *
 * @module
 */

import type { MonotonicClock } from "../login/deadline.ts";
import type { ProcessId } from "../protocol/subjects.ts";

interface Measured {
  readonly meanMs: number;
  readonly samples: number;
  readonly atMs: number;
  /** When it was last given a login to see whether it is still slow. */
  readonly triedAtMs: number;
}

/** Weight of the newest login in the mean; more where logins are rare, because the replica is slow. */
const weight = 1 / 8;
const slowWeight = 1 / 2;
/** Before it is judged: one slow login says little. */
const samplesLeast = 8;
/** So many times the median of the others, and so much longer. */
const slowFactor = 3;
const slowLeastMs = 20;
/** Once slow, until it is less than so many times the median. */
const steadyFactor = 2;
const tryAgainAfterMs = 1_000;
/** A mean that is older says nothing any more. */
const forgottenAfterMs = 60_000;
const replicasMax = 1_000;

export class Pace {
  readonly #now: MonotonicClock;
  readonly #measured = new Map<ProcessId, Measured>();
  readonly #slow = new Set<ProcessId>();

  constructor(now: MonotonicClock) {
    this.#now = now;
  }

  /** @param ms  From the grant to the verdict. @returns `slow` or `steady` when that has just changed. */
  took(replica: ProcessId, ms: number): "slow" | "steady" | undefined {
    const atMs = this.#now();
    const known = this.#measured.get(replica);
    if (known === undefined && this.#measured.size >= replicasMax) return undefined;
    const isNew = known === undefined || atMs - known.atMs > forgottenAfterMs;
    this.#measured.set(replica, {
      meanMs: isNew
        ? ms
        : known.meanMs + (this.#slow.has(replica) ? slowWeight : weight) * (ms - known.meanMs),
      samples: isNew ? 1 : known.samples + 1,
      atMs,
      triedAtMs: known?.triedAtMs ?? -Infinity,
    });
    return this.#judge(replica);
  }

  /** Whether it is time to give a slow one a login, to see whether it still is. */
  isDue(replica: ProcessId): boolean {
    const measured = this.#measured.get(replica);
    return (
      measured !== undefined && this.#slow.has(replica) && this.#now() - measured.triedAtMs >= tryAgainAfterMs
    );
  }

  /** It is given a login although it is slow. */
  tried(replica: ProcessId): void {
    const measured = this.#measured.get(replica);
    if (measured !== undefined) this.#measured.set(replica, { ...measured, triedAtMs: this.#now() });
  }

  get anySlow(): boolean {
    return this.#slow.size > 0;
  }

  isSlow(replica: ProcessId): boolean {
    return this.#slow.has(replica);
  }

  forget(replica: ProcessId): void {
    this.#measured.delete(replica);
    this.#slow.delete(replica);
  }

  #judge(replica: ProcessId): "slow" | "steady" | undefined {
    const measured = this.#measured.get(replica);
    const usualMs = this.#medianOfOthers(replica);
    if (measured === undefined || usualMs === undefined || measured.samples < samplesLeast) return undefined;
    const { meanMs } = measured;
    if (this.#slow.has(replica)) {
      if (meanMs > steadyFactor * usualMs && meanMs > usualMs + slowLeastMs / 2) return undefined;
      this.#slow.delete(replica);
      return "steady";
    }
    if (meanMs <= slowFactor * usualMs || meanMs <= usualMs + slowLeastMs) return undefined;
    this.#slow.add(replica);
    this.tried(replica);
    return "slow";
  }

  #medianOfOthers(replica: ProcessId): number | undefined {
    const now = this.#now();
    const means = [...this.#measured]
      .filter(([other, { atMs }]) => other !== replica && now - atMs <= forgottenAfterMs)
      .map(([, { meanMs }]) => meanMs)
      .toSorted((a, b) => a - b);
    return means[Math.floor(means.length / 2)];
  }
}
