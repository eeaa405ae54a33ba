/**
 * What reading an account's groups takes and yields, however a directory keeps them.
 *
 * @module
 */

import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import type { Group } from "../../login/identity.ts";
import type { FoundAccount } from "../accounts/account.ts";
import type { Controllers } from "../controllers/controllers.ts";
import type { FailureReason } from "../directory-options.ts";
import type { Preset } from "../preset.ts";

export interface ReadGroups {
  readonly groups: readonly Group[];
  readonly groupsRead: "complete" | "incomplete";
}

export type GroupsOutcome =
  | ({ readonly kind: "read" } & ReadGroups)
  /** No controller could be asked at all. */
  | { readonly kind: "failed" };

export type GroupReader = (account: FoundAccount, deadline: Deadline) => Promise<GroupsOutcome>;

export interface GroupReaderOptions {
  readonly controllers: Controllers;
  readonly preset: Preset;
  readonly baseDn: string;
  readonly groupsMax: number;
  /** How long the name and nesting of a group are believed. */
  readonly ageMaxMs: number;
  readonly now: MonotonicClock;
}

/** Time that ran out, and what may not be read, leave a login with fewer groups; a directory that is gone leaves none to log in to. */
export function withoutGroups(why: FailureReason | undefined): GroupsOutcome {
  return why === "timeout" || why === "result_code"
    ? { kind: "read", groups: [], groupsRead: "incomplete" }
    : { kind: "failed" };
}
