/**
 * Load by the clock and load by the answers.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";

/** Open loop: each begins when its time has come, however long the ones before it take. */
export async function atRate<T>(
  { count, perSecond }: { readonly count: number; readonly perSecond: number },
  begin: (index: number, dueAtMs: number) => Promise<T>,
): Promise<readonly T[]> {
  const fromMs = performance.now();
  const running: Promise<T>[] = [];
  for (let index = 0; index < count; index += 1) {
    const dueAtMs = fromMs + (index * 1_000) / perSecond;
    const waitMs = dueAtMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    running.push(begin(index, dueAtMs));
  }
  return Promise.all(running);
}

/** Closed loop: so many are always under way, until the time is over. @returns how long it took until all had ended. */
export async function asAnswered(
  { inFlight, ms }: { readonly inFlight: number; readonly ms: number },
  begin: (index: number) => Promise<void>,
): Promise<number> {
  const fromMs = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - fromMs < ms) await begin(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return performance.now() - fromMs;
}

/** @param share  0.5 is the median, 1 the largest. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between two values where there is none at that place. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}
