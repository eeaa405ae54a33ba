/**
 * Groups that were read a moment ago: most people of a company share them.
 *
 * @module
 */

import type { MonotonicClock } from "../../login/deadline.ts";
import { remember } from "../../login/remember.ts";

const entriesMaxDefault = 10_000;

export class GroupCache<Value> {
  readonly #ageMaxMs: number;
  readonly #now: MonotonicClock;
  readonly #entriesMax: number;
  /** Oldest first, because each is put in once and never renewed. */
  readonly #entries = new Map<string, { readonly value: Value; readonly untilMs: number }>();

  constructor(ageMaxMs: number, now: MonotonicClock, entriesMax: number = entriesMaxDefault) {
    this.#entriesMax = entriesMax;
    this.#ageMaxMs = ageMaxMs;
    this.#now = now;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#now() < entry.untilMs ? entry.value : undefined;
  }

  put(key: string, value: Value): void {
    const entry = { value, untilMs: this.#now() + this.#ageMaxMs };
    remember(this.#entries, key, entry, this.#entriesMax);
  }
}
