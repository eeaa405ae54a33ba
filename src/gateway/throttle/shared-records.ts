/**
 * Small records that all gateways share, and that each gateway keeps for itself while the store does not answer.
 *
 * A login waits for the store a moment at most, and for a store that has just failed not at all: then what this gateway has seen
 * counts, in a memory of bounded size.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import { Deadline } from "../../login/deadline.ts";
import { remember } from "../../login/remember.ts";
import type { Bucket } from "../../protocol/store-port.ts";

export interface Versioned<T> {
  readonly value: T | undefined;
  readonly version: Version;
}

/** What a later write is checked against. */
export type Version =
  | { readonly place: "shared"; readonly revision: number | undefined }
  | { readonly place: "local"; readonly revision: number };

/** For one answer of the store, while somebody waits to log in. */
const patienceMs = 150;
/** After a failure, before the store is asked again. */
const restMs = 2_000;
/** Of this gateway's own; the oldest are forgotten. */
const entriesMax = 20_000;

export class SharedRecords<T> {
  readonly #bucket: Bucket | undefined;
  readonly #schema: z.ZodType<T>;
  readonly #own = new Map<string, { readonly value: T; readonly revision: number }>();
  #writes = 0;
  #askAgain = Deadline.after(0);

  constructor(bucket: Bucket | undefined, schema: z.ZodType<T>) {
    this.#bucket = bucket;
    this.#schema = schema;
  }

  async read(key: string): Promise<Versioned<T>> {
    const found = await this.#ask((bucket, deadline) => bucket.get(key, deadline));
    switch (found?.kind) {
      case "found": {
        const value = this.#parse(found.value);
        if (value !== undefined) this.#keep(key, value);
        return { value, version: { place: "shared", revision: found.revision } };
      }
      case "none":
        return { value: undefined, version: { place: "shared", revision: undefined } };
      case undefined: {
        const own = this.#own.get(key);
        return { value: own?.value, version: { place: "local", revision: own?.revision ?? 0 } };
      }
    }
  }

  /** What this gateway read or wrote last, without asking. */
  remembered(key: string): T | undefined {
    return this.#own.get(key)?.value;
  }

  /** @returns false where somebody else wrote meanwhile, or the store failed: read again. */
  async write(key: string, value: T, { place, revision }: Version): Promise<boolean> {
    if (place === "local") {
      if ((this.#own.get(key)?.revision ?? 0) !== revision) return false;
      this.#keep(key, value);
      return true;
    }
    const bytes = Buffer.from(JSON.stringify(value));
    const written = await this.#ask((bucket, deadline) =>
      revision === undefined
        ? bucket.create(key, bytes, deadline)
        : bucket.update(key, bytes, revision, deadline),
    );
    // Not written, as far as anybody knows: then the next reading is of this gateway's own.
    if (written?.kind !== "written") return false;
    this.#keep(key, value);
    return true;
  }

  /**
   * Whatever stands there now.
   *
   * @param change  Called again with what somebody else wrote meanwhile.
   * @returns false where there is a store, and it does not have it.
   */
  async change(key: string, change: (value: T | undefined) => T): Promise<boolean> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const { value, version } = await this.read(key);
      if (await this.write(key, change(value), version)) {
        return version.place === "shared" || this.#bucket === undefined;
      }
      await yieldToOthers(tries);
    }
    return false;
  }

  async #ask<A extends { readonly kind: string }>(
    operation: (bucket: Bucket, deadline: Deadline) => Promise<A | { readonly kind: "unavailable" }>,
  ): Promise<Exclude<A, { readonly kind: "unavailable" }> | undefined> {
    if (this.#bucket === undefined || !this.#askAgain.passed) return undefined;
    const answer = await operation(this.#bucket, Deadline.after(patienceMs));
    if (isAnswer<A>(answer)) return answer;
    this.#askAgain = Deadline.after(restMs);
    return undefined;
  }

  #keep(key: string, value: T): void {
    this.#writes += 1;
    remember(this.#own, key, { value, revision: this.#writes }, entriesMax);
  }

  #parse(bytes: Uint8Array): T | undefined {
    const parsed = this.#schema.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  }
}

const triesMax = 12;
const yieldMs = 2;

/** After a write that somebody else's came before: who tries again at once only meets them again. */
export function yieldToOthers(tries: number): Promise<void> {
  return pause(Math.random() * yieldMs * (tries + 1));
}

function isAnswer<A extends { readonly kind: string }>(
  answer: A | { readonly kind: "unavailable" },
): answer is Exclude<A, { readonly kind: "unavailable" }> {
  return answer.kind !== "unavailable";
}
