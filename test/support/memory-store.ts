/**
 * A store inside one process, held to the same contract as JetStream KV.
 *
 * All its users see the same entries; it can be taken away and given back.
 */

import { valueBytesMax } from "../../src/protocol/store-port.ts";
import type { Bucket, Store, StoreUnavailable, WrittenEntry } from "../../src/protocol/store-port.ts";

interface Entry {
  readonly value: Uint8Array;
  readonly revision: number;
  readonly writtenAtMs: number;
}

const unavailable: StoreUnavailable = { kind: "unavailable" };

export class MemoryStore implements Store {
  readonly #buckets = new Map<string, Map<string, Entry>>();
  readonly #now: () => number;
  #revision = 0;
  /** False as if no server answered. */
  isThere = true;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  bucket({ name, maxAgeMs }: { readonly name: string; readonly maxAgeMs: number }): Bucket {
    const entries = this.#buckets.get(name) ?? new Map<string, Entry>();
    this.#buckets.set(name, entries);
    const find = (key: string): Entry | undefined => {
      const entry = entries.get(key);
      return entry !== undefined && this.#now() - entry.writtenAtMs <= maxAgeMs ? entry : undefined;
    };
    const write = (key: string, value: Uint8Array): WrittenEntry | StoreUnavailable => {
      if (value.length > valueBytesMax) return unavailable;
      this.#revision += 1;
      entries.set(key, { value, revision: this.#revision, writtenAtMs: this.#now() });
      return { kind: "written", revision: this.#revision };
    };
    const whileThere = async <T>(answer: () => T): Promise<T | StoreUnavailable> =>
      this.isThere ? answer() : unavailable;
    return {
      get: (key) =>
        whileThere(() => {
          const entry = find(key);
          if (entry === undefined) return { kind: "none" };
          return { kind: "found", value: entry.value, revision: entry.revision };
        }),
      put: (key, value) => whileThere(() => write(key, value)),
      create: (key, value) =>
        whileThere(() => (find(key) === undefined ? write(key, value) : { kind: "conflict" })),
      update: (key, value, revision) =>
        whileThere(() => (find(key)?.revision === revision ? write(key, value) : { kind: "conflict" })),
      delete: (key) =>
        whileThere(() => {
          entries.delete(key);
          return { kind: "deleted" };
        }),
    };
  }
}
