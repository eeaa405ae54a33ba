/**
 * Remembers what was fetched for as long as it holds, and fetches it again before that ends, so that logins seldom wait.
 *
 * @module
 */

import { remember } from "../../../login/remember.ts";

export interface Remembered<T> {
  readonly value: T;
  /** Milliseconds since 1970. */
  readonly holdsUntilMs: number;
}

export interface RememberOptions {
  readonly entriesMax: number;
  /** After a fetch that failed, nobody asks again for so long. */
  readonly restMs: number;
  /** What is held is fetched again after so long, even if it holds longer. */
  readonly ageMaxMs: number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

interface Entry<T> {
  held?: Remembered<T>;
  fetchedAtMs: number;
  restsUntilMs: number;
  fetching?: Promise<T | undefined>;
}

export class Memory<T> {
  readonly #options: RememberOptions;
  /** The one that was used longest ago is first. */
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: RememberOptions) {
    this.#options = options;
  }

  /**
   * What is remembered, at once; else what is fetched now, by one for all who ask meanwhile.
   *
   * @returns undefined where it could not be had.
   */
  async get(key: string, fetch: () => Promise<Remembered<T> | undefined>): Promise<T | undefined> {
    const entry = this.#use(key);
    const nowMs = this.#options.wallClock();
    const { held } = entry;
    if (held !== undefined && nowMs < held.holdsUntilMs) {
      if (nowMs >= this.#renewAt(held, entry.fetchedAtMs)) void this.#fetch(entry, fetch);
      return held.value;
    }
    return this.#fetch(entry, fetch);
  }

  /** Half of the time that it holds, so that there is as much again to try in. */
  #renewAt({ holdsUntilMs }: Remembered<T>, fetchedAtMs: number): number {
    return fetchedAtMs + Math.min(this.#options.ageMaxMs, (holdsUntilMs - fetchedAtMs) / 2);
  }

  #fetch(entry: Entry<T>, fetch: () => Promise<Remembered<T> | undefined>): Promise<T | undefined> {
    if (this.#options.wallClock() < entry.restsUntilMs) return Promise.resolve(undefined);
    entry.fetching ??= this.#fetchOnce(entry, fetch).finally(() => delete entry.fetching);
    return entry.fetching;
  }

  async #fetchOnce(entry: Entry<T>, fetch: () => Promise<Remembered<T> | undefined>): Promise<T | undefined> {
    const fetched = await fetch();
    const nowMs = this.#options.wallClock();
    if (fetched === undefined) entry.restsUntilMs = nowMs + this.#options.restMs;
    else {
      entry.held = fetched;
      entry.fetchedAtMs = nowMs;
    }
    return fetched?.value;
  }

  #use(key: string): Entry<T> {
    const entry = this.#entries.get(key) ?? { fetchedAtMs: 0, restsUntilMs: 0 };
    remember(this.#entries, key, entry, this.#options.entriesMax);
    return entry;
  }
}
