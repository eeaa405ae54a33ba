/**
 * The guesses at one account's password, and whether one more may be made.
 *
 * What may be spent is what the directory lets anybody spend, less the one that would lock the account. One more is kept back for
 * sources from which the account's owner has come before, so that an attack does not shut them out.
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
  /** When it was made, milliseconds since 1970. */
  atMs: z.number(),
  /** Wrong passwords that the directory counted before. */
  failures: z.int(),
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
  /** After it a guess that has no end yet will have none; clocks of gateways may differ by a minute. */
  readonly longestGuessMs: number;
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
  const guesses = stillCounted(before, guess.nowMs, windowOf(standing, limits)).flatMap((earlier) =>
    isOver(earlier, guess.nowMs, limits) ? endOfOver(earlier, standing) : [earlier],
  );
  if (guesses.some(({ digest, state }) => state === "wrong" && digest === guess.digest)) {
    return { kind: "repeated" };
  }
  const spent = spentOf(guesses, standing);
  const most = spendable(standing, guess.isFamiliar, limits);
  const isUnderWay = guesses.some(({ state }) => state === "open");
  // Another gateway may be about to make a guess too: one at a time, and one fewer, which is exact for two gateways.
  const isSpent = counting === "together" ? spent >= most : isUnderWay || spent >= Math.max(1, most - 1);
  if (isSpent) return { kind: "exhausted" };
  const { id, digest, nowMs } = guess;
  const made: Made = { id, digest, state: "open", atMs: nowMs, failures: standing.failures };
  return { kind: "reserved", guesses: { guesses: [...guesses, made], lastAtMs: nowMs } };
}

type Made = Guesses["guesses"][number];

/** Its gateway died, or nobody could tell its end. */
function isOver({ state, atMs }: Made, nowMs: number, { longestGuessMs }: GuessLimits): boolean {
  return state === "open" && nowMs - atMs > longestGuessMs;
}

/** By now its directory has counted it, or never will; where that does not say, it has. */
function endOfOver(guess: Made, { lockout }: Standing): readonly Made[] {
  return lockout === undefined ? [{ ...guess, digest: "", state: "wrong" }] : [];
}

/**
 * What the directory counts, or will have counted when all of them are answered.
 *
 * One that is not answered may be in its count already. So they are added to what it counted before they were made.
 */
function spentOf(guesses: readonly Made[], { lockout, failures }: Standing): number {
  if (lockout === undefined) return guesses.length;
  const sinceEach = guesses.map((made, index) => made.failures + guesses.length - index);
  return Math.max(failures, ...sinceEach);
}

/** As directories forget: all together, so long after the last one. */
function stillCounted(before: Guesses | undefined, nowMs: number, windowMs: number): Guesses["guesses"] {
  return before === undefined || nowMs - before.lastAtMs >= windowMs ? [] : before.guesses;
}

function windowOf({ lockout }: Standing, { accountWindowMs }: GuessLimits): number {
  if (lockout === undefined) return accountWindowMs;
  return lockout.windowMs === 0 ? Infinity : lockout.windowMs;
}

/**
 * Wrong passwords that may stand against an account and leave room for no more: one less than would lock it for its owner, two less
 * for strangers. Where two lock it there is no room for both, and the owner's slip is the owner's.
 */
function spendable({ lockout }: Standing, isFamiliar: boolean, { accountGuesses }: GuessLimits): number {
  const strangers = lockout === undefined ? accountGuesses : Math.max(1, lockout.threshold - 2);
  return isFamiliar ? strangers + 1 : strangers;
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
    case "right": {
      // The directory forgets wrong passwords when it sees the right one.
      const open = others.filter(({ state }) => state === "open");
      return { guesses: open.map((guess) => ({ ...guess, failures: 0 })), lastAtMs };
    }
    case "wrong": {
      const wrong = { id, digest, state: "wrong", atMs: nowMs } as const;
      const isThere = others.length < guesses.length;
      const inItsPlace = guesses.map((guess) => (guess.id === id ? { ...guess, ...wrong } : guess));
      return { guesses: isThere ? inItsPlace : [...guesses, { ...wrong, failures: 0 }], lastAtMs: nowMs };
    }
    case "not_asked":
      return { guesses: others, lastAtMs };
  }
}
