/**
 * From where an account's owner has logged in before.
 *
 * @module
 */

import { z } from "zod";
import type { Bucket } from "../../protocol/store-port.ts";
import { SharedRecords } from "./shared-records.ts";
import type { Source } from "../../login/source.ts";

const seenSchema = z.strictObject({ atMs: z.number() });

/** A source that goes on being used is written down again so often, or it would be forgotten. */
const renewedAfterMs = 86_400_000;

export class FamiliarSources {
  readonly #seen: SharedRecords<z.infer<typeof seenSchema>>;
  readonly #wallClock: () => number;

  constructor(bucket: Bucket | undefined, wallClock: () => number) {
    this.#seen = new SharedRecords(bucket, seenSchema);
    this.#wallClock = wallClock;
  }

  async has(account: string, { address }: Source): Promise<boolean> {
    const key = `${account} ${address}`;
    return this.#seen.remembered(key) !== undefined || (await this.#seen.read(key)).value !== undefined;
  }

  async saw(account: string, { address }: Source): Promise<void> {
    const key = `${account} ${address}`;
    const atMs = this.#wallClock();
    const isRecent = (seen: { readonly atMs: number } | undefined): boolean =>
      seen !== undefined && atMs - seen.atMs < renewedAfterMs;
    if (isRecent(this.#seen.remembered(key))) return;
    await this.#seen.change(key, (seen) => (seen !== undefined && isRecent(seen) ? seen : { atMs }));
  }
}
