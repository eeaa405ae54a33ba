/**
 * How near an account is to being locked, as its directory tells it.
 *
 * A gateway asks before it lets a stranger guess. The account is named by an opaque key, so that all spellings of one name share
 * what is counted for it. A name that nobody has gets a standing like everybody else, because a stranger must not learn of it.
 *
 * @module
 */

import type { AccountName } from "./account-name.ts";
import type { AttemptId, ConnectionName } from "./attempt.ts";

/** Asked by gateways alone: no application ever sees the answer. */
export const lookupMethod = "account.find";

export interface AccountLookup {
  readonly id: AttemptId;
  readonly connection: ConnectionName;
  readonly method: typeof lookupMethod;
  readonly accountName: AccountName;
}

export interface Standing {
  /** Says nothing of the account, and is the same for every spelling of its name. */
  readonly account: string;
  /** Wrong passwords that the directory counts at the moment. */
  readonly failures: number;
  /** Another one after each change of the password; empty where the directory does not tell. */
  readonly passwordTime: string;
  /** Absent where the directory never locks, or does not say when. */
  readonly lockout?: LockoutPolicy;
}

export interface LockoutPolicy {
  /** So many wrong passwords lock the account. */
  readonly threshold: number;
  /** After this time without one they are forgotten. 0 where they never are. */
  readonly windowMs: number;
}

/** Names that differ only in case or in Unicode's compositions are the same for every directory. */
export function foldedName(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
