/**
 * Which of the audit's records somebody wants to see.
 *
 * @module
 */

import { foldedName } from "../../login/standing.ts";
import type { Disguise } from "../../telemetry/audit/disguise.ts";
import type { LogRecord } from "../explain/read-records.ts";

export interface AuditWish {
  readonly sinceMs: number;
  /** Also a name as the directory spells it, or an id of a person. */
  readonly username?: string | undefined;
  readonly attempt?: string | undefined;
  readonly outcome?: string | undefined;
}

/** @param disguise  Where the records have pseudonyms, what makes them. */
export function isWished(wish: AuditWish, disguise: Disguise | undefined): (record: LogRecord) => boolean {
  const { sinceMs, username, attempt, outcome } = wish;
  return ({ time, fields }) =>
    Date.parse(time) >= sinceMs &&
    (attempt === undefined || fields["attempt"] === attempt) &&
    (outcome === undefined || fields["outcome"] === outcome) &&
    (username === undefined || isOf(username, fields, disguise));
}

function isOf(
  username: string,
  { username: typed, account, subject, connection = "" }: LogRecord["fields"],
  disguise: Disguise | undefined,
): boolean {
  const pseudonym = disguise?.name(connection, username);
  const folded = foldedName(username);
  return [typed, account, subject].some(
    (name) => name !== undefined && (name === pseudonym || foldedName(name) === folded),
  );
}
