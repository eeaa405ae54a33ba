/**
 * What an application asks of a directory beside a login, and how each asking ends.
 *
 * As with a verdict: a refusal is an answer, an outage is none.
 *
 * @module
 */

import type { AccountName } from "./account-name.ts";
import type { AttemptId, ConnectionName } from "./attempt.ts";
import type { Group, Identity } from "./identity.ts";
import type { Secret } from "./secret.ts";
import type { Standing } from "./standing.ts";
import type { Fault, Verdict } from "./verdict.ts";

/** Those that an application may ask for. */
export const operationMethods = ["users.search", "groups.list", "password.change", "password.reset"] as const;
export type OperationMethod = (typeof operationMethods)[number];

interface Asked {
  readonly id: AttemptId;
  readonly connection: ConnectionName;
}

/** One page of the people, or groups, whose name begins with a text. */
export interface Listing extends Asked {
  readonly method: "users.search" | "groups.list";
  /** What a name begins with, in any case; everybody where it is empty. */
  readonly text: string;
  /** Entries on a page: 1 to {@link pageSizeMax}. */
  readonly pageSize: number;
  /** From the page before; what it holds is nobody's business but the connector's. */
  readonly cursor?: string;
}

/** By the person, who proves the old password. */
export interface PasswordChange extends Asked {
  readonly method: "password.change";
  readonly accountName: AccountName;
  readonly oldPassword: Secret;
  readonly newPassword: Secret;
}

/** By an administrator, in whose place the caller of the API stands. */
export interface PasswordReset extends Asked {
  readonly method: "password.reset";
  readonly accountName: AccountName;
  readonly newPassword: Secret;
  /** The person must change it at the next login. */
  readonly mustChange: boolean;
  /** A lockout ends. */
  readonly unlock: boolean;
}

export type Operation = Listing | PasswordChange | PasswordReset;

export const pageSizeMax = 200;
export const cursorLengthMax = 1_024;

/** A person as a search shows them: what a login tells, without the groups. */
export type FoundPerson = Omit<Identity, "groups" | "groupsRead">;

export type OperationResult =
  | ({ readonly kind: "people"; readonly people: readonly FoundPerson[] } & Page)
  | ({ readonly kind: "groups"; readonly groups: readonly Group[] } & Page)
  | { readonly kind: "password_set" }
  | { readonly kind: "standing"; readonly standing: Standing };

export interface Page {
  /** For the next page; absent on the last. */
  readonly cursor?: string;
  /** True where there are more matches than are ever listed: a longer text finds the rest. */
  readonly truncated: boolean;
}

/**
 * - `not_offered`: the connector's settings do not list this operation.
 * - `too_weak`: too short, or not complex enough.
 * - `in_history`: used before; on Active Directory also whatever a password filter of its controllers objects to.
 * - `too_young`: the password was changed too short a time ago to be changed again.
 * - `policy`: the directory's policy forbids it, and does not say why.
 * - `not_permitted`: the service account, or the person, has no right to it.
 * - `expired`: this directory lets only an administrator replace an expired password.
 */
export const refusals = [
  "not_offered",
  "unknown_account",
  "ambiguous_account",
  "wrong_old_password",
  "account_disabled",
  "account_locked",
  "too_weak",
  "in_history",
  "too_young",
  "policy",
  "not_permitted",
  "expired",
  "bad_cursor",
] as const;
export type Refusal = (typeof refusals)[number];

export type OperationEnd =
  | { readonly outcome: "done"; readonly result: OperationResult }
  | { readonly outcome: "refused"; readonly reason: Refusal }
  | { readonly outcome: "unavailable"; readonly fault: Fault };

/** How anything that was granted to a replica ends. */
export type End = Verdict | OperationEnd;

export function refused(reason: Refusal): OperationEnd & { readonly outcome: "refused" } {
  return { outcome: "refused", reason };
}
