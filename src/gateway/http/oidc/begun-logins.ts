/**
 * How many logins may be begun from one network: each takes room in the store, and whoever took all of it would keep everybody from
 * beginning one.
 *
 * Each gateway counts for itself, which is enough for that. The networks that began most recently are remembered, so many at most.
 *
 * @module
 */

import type { MonotonicClock } from "../../../login/deadline.ts";
import { remember } from "../../../login/remember.ts";
import { sourceOf } from "../../../login/source.ts";

export interface BegunLoginsOptions {
  /** From one network, in one window. */
  readonly most: number;
  readonly windowMs: number;
  readonly now: MonotonicClock;
}

const networksMax = 50_000;

/** @returns whether one more may be begun from this address, and counts it if so. */
export function createBegunLogins({ most, windowMs, now }: BegunLoginsOptions): (ip: string) => boolean {
  const begun = new Map<string, { readonly sinceMs: number; readonly count: number }>();
  return (ip) => {
    const { network } = sourceOf(ip);
    const known = begun.get(network);
    const isOver = known === undefined || now() - known.sinceMs >= windowMs;
    const { sinceMs, count } = isOver ? { sinceMs: now(), count: 0 } : known;
    if (count >= most) return false;
    remember(begun, network, { sinceMs, count: count + 1 }, networksMax);
    return true;
  };
}
