/**
 * The guesses at one account's password, and whether one more may be made.
 *
 * What may be spent is what the directory lets anybody spend, less what would lock the account. One guess is kept back for sources
 * from which the account's owner has come before, so that an attack does not shut them out.
 *
 * @module
 */

import { z } from "zod";
import type { Standing } from "../../login/standing.ts";

const guessSchema = z.strictObject({
  /** Of the attempt. */
  id: z.string(),
  /** Keyed, so that the same password is known again and none can be read. */
  digest: z.string(),
  /** `open`: not answered yet, or nobody knows; it may count. */
  state: z.enum(["open", "wrong"]),
});

export const guessesSchema = z.strictObject({
  guesses: z.array(guessSchema),
  /** Of the last one, milliseconds since 1970. */
  lastAtMs: z.number(),
});

export type Guesses = Readonly<z.infer<typeof guessesSchema>>;

export interface GuessLimits {
  /** Wrong passwords for one account where its directory does not say when it locks. */
  readonly accountGuesses: number;
  readonly accountWindowMs: number;
}

export type Decision =
  | { readonly kind: "reserved"; readonly guesses: Guesses }
  /** This very password was wrong a moment ago, and has not been changed to since. */
  | { readonly kind: "repeated" }
  | { readonly kind: "exhausted" };

export interface Guess {
  readonly id: string;
  readonly digest: string;
  readonly isFamiliar: boolean;
  readonly nowMs: number;
}

/** Whether other gateways see what is written, or each counts for itself. */
export type Counting = "together" | "alone";

export function decide(
  before: Guesses | undefined,
  guess: Guess,
  standing: Standing,
  limits: GuessLimits,
  counting: Counting,
): Decision {
  const guesses = stillCounted(before, guess.nowMs, windowOf(standing, limits));
  if (guesses.some(({ digest, state }) => state === "wrong" && digest === guess.digest)) {
    return { kind: "repeated" };
  }
  const wrong = guesses.filter(({ state }) => state === "wrong").length;
  const counted = standing.lockout === undefined ? wrong : Math.max(wrong, standing.failures);
  const open = guesses.length - wrong;
  const most = spendable(standing, guess.isFamiliar, limits);
  // Another gateway may be about to make a guess too: one at a time, and one fewer, which is exact for two gateways.
  const isSpent =
    counting === "together" ? counted + open >= most : open > 0 || counted >= Math.max(1, most - 1);
  if (isSpent) return { kind: "exhausted" };
  const { id, digest, nowMs } = guess;
  return {
    kind: "reserved",
    guesses: { guesses: [...guesses, { id, digest, state: "open" }], lastAtMs: nowMs },
  };
}

/** As directories forget: all together, so long after the last one. */
function stillCounted(before: Guesses | undefined, nowMs: number, windowMs: number): Guesses["guesses"] {
  return before === undefined || nowMs - before.lastAtMs >= windowMs ? [] : before.guesses;
}

function windowOf({ lockout }: Standing, { accountWindowMs }: GuessLimits): number {
  if (lockout === undefined) return accountWindowMs;
  return lockout.windowMs === 0 ? Infinity : lockout.windowMs;
}

/** Wrong passwords that may stand against an account and leave room for no more. */
function spendable({ lockout }: Standing, isFamiliar: boolean, { accountGuesses }: GuessLimits): number {
  const strangers =
    lockout === undefined ? accountGuesses : Math.max(1, lockout.threshold - keptBack(lockout.threshold));
  return isFamiliar ? strangers + 1 : strangers;
}

/** Where there is room, even a slip of the owner's during an attack does not lock. */
function keptBack(threshold: number): number {
  return threshold >= 5 ? 2 : 1;
}

/** What remains once a guess is answered. */
export function settled(
  before: Guesses | undefined,
  { id, digest }: Pick<Guess, "id" | "digest">,
  end: "right" | "wrong" | "not_asked",
  nowMs: number,
): Guesses {
  const { guesses = [], lastAtMs = nowMs } = before ?? {};
  const others = guesses.filter((guess) => guess.id !== id);
  switch (end) {
    case "right":
      // The directory forgets wrong passwords when it sees the right one.
      return { guesses: others.filter(({ state }) => state === "open"), lastAtMs };
    case "wrong":
      return { guesses: [...others, { id, digest, state: "wrong" }], lastAtMs: nowMs };
    case "not_asked":
      return { guesses: others, lastAtMs };
  }
}
