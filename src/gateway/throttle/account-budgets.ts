/**
 * What is left of each account's budget of wrong passwords, for all gateways together.
 *
 * A guess is written down before it is made, so that two gateways cannot both make the last one.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { AttemptId } from "../../login/attempt.ts";
import type { Secret } from "../../login/secret.ts";
import type { Standing } from "../../login/standing.ts";
import type { Bucket } from "../../protocol/store-port.ts";
import { decide, guessesSchema, settled } from "./guesses.ts";
import type { Guess, GuessLimits, Guesses } from "./guesses.ts";
import { SharedRecords, yieldToOthers } from "./shared-records.ts";
import type { Versioned } from "./shared-records.ts";

/**
 * - `right`, `wrong`: the directory compared the password.
 * - `not_asked`: it did not, and will not.
 * - `unknown`: nobody knows; it may count.
 */
export type GuessEnd = "right" | "wrong" | "not_asked" | "unknown";

export interface AccountBudgetsDeps {
  readonly bucket: Bucket | undefined;
  readonly limits: GuessLimits;
  /** What digests of passwords are keyed with: the same in every gateway that shares the bucket. */
  readonly digestKey: () => Uint8Array;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** Others write the same record at the same time where somebody guesses at full speed, or programs share an account. */
const reservationsMax = 12;
/** The store is asked again after this, for a minute. */
const settleAgainMs = 2_500;
const settlementsMax = 24;
/** At once; beyond that, guesses stay open until their time is over. */
const unsettledMax = 10_000;
/** 128 bits. */
const digestLength = 22;

export class AccountBudgets {
  readonly #deps: AccountBudgetsDeps;
  readonly #records: SharedRecords<Guesses>;
  #unsettled = 0;

  constructor(deps: AccountBudgetsDeps) {
    this.#deps = deps;
    this.#records = new SharedRecords(deps.bucket, guessesSchema);
  }

  read(account: string): Promise<Versioned<Guesses>> {
    return this.#records.read(account);
  }

  /** Nothing is under way for the account, and nothing was wrong. */
  isQuiet({ value }: Versioned<Guesses>): boolean {
    return value === undefined || value.guesses.length === 0;
  }

  guessOf(
    { id, password }: { readonly id: AttemptId; readonly password: Secret },
    { account, passwordTime }: Standing,
    isFamiliar: boolean,
  ): Omit<Guess, "nowMs"> {
    const hmac = createHmac("sha256", this.#deps.digestKey());
    const digest = hmac
      .update(JSON.stringify([account, passwordTime, password.reveal()]))
      .digest("base64url");
    return { id, digest: digest.slice(0, digestLength), isFamiliar };
  }

  /** @param before  As it was read for this guess. */
  async reserve(
    guess: Omit<Guess, "nowMs">,
    standing: Standing,
    before: Versioned<Guesses>,
  ): Promise<"reserved" | "repeated" | "exhausted"> {
    const { limits, wallClock } = this.#deps;
    for (let [found, tries] = [before, 0]; tries < reservationsMax; tries += 1) {
      const decision = decide(
        found.value,
        { ...guess, nowMs: wallClock() },
        standing,
        limits,
        found.version.place === "shared" ? "together" : "alone",
      );
      if (decision.kind !== "reserved") return decision.kind;
      if (await this.#records.write(standing.account, decision.guesses, found.version)) return "reserved";
      await yieldToOthers(tries);
      found = await this.#records.read(standing.account);
    }
    return "exhausted";
  }

  /** Whoever got in does not wait for it. */
  async settle(account: string, guess: Omit<Guess, "nowMs">, end: GuessEnd): Promise<void> {
    if (end === "unknown") return;
    const changed = this.#settle(account, guess, end);
    void changed.then((isKept) => (isKept ? undefined : this.#settleLater(account, guess, end)));
    if (end === "wrong") await changed;
  }

  #settle(account: string, guess: Omit<Guess, "nowMs">, end: Exclude<GuessEnd, "unknown">): Promise<boolean> {
    return this.#records.change(account, (before) => settled(before, guess, end, this.#deps.wallClock()));
  }

  /**
   * The store was away when the guess was answered: left open there, it would be held against whoever got in, at every gateway.
   *
   * What it comes to then is this guess alone: a right password may have been followed by wrong ones.
   */
  async #settleLater(
    account: string,
    guess: Omit<Guess, "nowMs">,
    end: Exclude<GuessEnd, "unknown">,
  ): Promise<void> {
    if (this.#unsettled >= unsettledMax) return;
    this.#unsettled += 1;
    const late = end === "wrong" ? end : "not_asked";
    for (let tries = 0; tries < settlementsMax; tries += 1) {
      await pause(settleAgainMs, undefined, { ref: false });
      if (await this.#settle(account, guess, late)) break;
    }
    this.#unsettled -= 1;
  }
}
