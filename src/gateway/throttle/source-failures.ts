/**
 * Wrong passwords by where they came from, whatever account they were for.
 *
 * @module
 */

import { z } from "zod";
import type { Bucket } from "../../protocol/store-port.ts";
import { SharedRecords } from "./shared-records.ts";
import type { Source } from "../../login/source.ts";

export interface SourceLimits {
  readonly addressFailures: number;
  readonly networkFailures: number;
  readonly sourceWindowMs: number;
}

const countSchema = z.strictObject({ failures: z.int(), sinceMs: z.number() });
type Count = z.infer<typeof countSchema>;

export class SourceFailures {
  readonly #counts: SharedRecords<Count>;
  readonly #limits: SourceLimits;
  readonly #wallClock: () => number;
  /** Attempts under way here, which may all turn out wrong. */
  readonly #inFlight = new Map<string, number>();

  constructor(bucket: Bucket | undefined, limits: SourceLimits, wallClock: () => number) {
    this.#counts = new SharedRecords(bucket, countSchema);
    this.#limits = limits;
    this.#wallClock = wallClock;
  }

  /** Which limit is reached, if one is. */
  async exceeded({ address, network }: Source): Promise<"address" | "network" | undefined> {
    const [ofAddress, ofNetwork] = await Promise.all([
      this.#spent(`address ${address}`),
      this.#spent(`network ${network}`),
    ]);
    if (ofAddress >= this.#limits.addressFailures) return "address";
    return ofNetwork >= this.#limits.networkFailures ? "network" : undefined;
  }

  /** Until disposed. */
  begin({ address, network }: Source): Disposable {
    const keys = [`address ${address}`, `network ${network}`];
    for (const key of keys) this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        for (const key of keys) {
          const left = (this.#inFlight.get(key) ?? 1) - 1;
          if (left === 0) this.#inFlight.delete(key);
          else this.#inFlight.set(key, left);
        }
      },
    };
  }

  async failed({ address, network }: Source): Promise<void> {
    await Promise.all(
      [`address ${address}`, `network ${network}`].map((key) =>
        this.#counts.change(key, (before) => {
          const current = this.#current(before);
          return { ...current, failures: current.failures + 1 };
        }),
      ),
    );
  }

  async #spent(key: string): Promise<number> {
    const { value } = await this.#counts.read(key);
    return this.#current(value).failures + (this.#inFlight.get(key) ?? 0);
  }

  #current(count: Count | undefined): Count {
    const nowMs = this.#wallClock();
    const isOver = count === undefined || nowMs - count.sinceMs >= this.#limits.sourceWindowMs;
    return isOver ? { failures: 0, sinceMs: nowMs } : count;
  }
}
