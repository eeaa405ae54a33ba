/**
 * What a gateway knows about a bind that a silent replica may have sent.
 *
 * @module
 */

import type { End } from "../login/operation.ts";
import type { ControllerName, FailureMarker, Suspicion } from "../login/ports.ts";
import type { Method } from "../login/request.ts";
import { unavailable } from "../login/verdict.ts";

export interface SuspectedBind {
  readonly controller: ControllerName;
  /** From the announcement of the bind, where it was heard. */
  readonly marker?: FailureMarker;
  /** The last moment at which it is known that no bind had been sent: the grant, or a later word that it still searches. */
  readonly sinceMs: number;
}

export function suspicionOf({ controller, marker, sinceMs }: SuspectedBind, nowMs: number): Suspicion {
  return { controller, withinMs: nowMs - sinceMs, ...(marker === undefined ? {} : { marker }) };
}

/**
 * Joins what two silent grants left behind.
 *
 * The later replica checked the earlier suspicion before it announced a bind of its own, and found that nothing had counted. So a
 * later announced bind replaces what was known; a later grant of which no bind was heard does not, and the earliest time stands.
 */
export function joinSuspicions(earlier: SuspectedBind | undefined, later: SuspectedBind): SuspectedBind {
  if (earlier === undefined) return later;
  return later.marker === undefined ? earlier : { ...later, sinceMs: earlier.sinceMs };
}

/**
 * What a request ends as when nobody is left who could find out what became of a silent grant.
 *
 * A fault that says that nobody was asked would be an invitation to ask again, and a wrong password would count once more.
 */
export function unresolved(end: End, method: Method, suspected: SuspectedBind | undefined): End {
  if (end.outcome !== "unavailable" || end.fault === "deadline_exceeded" || suspected === undefined)
    return end;
  switch (method) {
    case "password":
      return unavailable("bind_unresolved");
    case "password.change":
    case "password.reset":
      // A write waits until its announcement was heard.
      return suspected.marker === undefined ? end : unavailable("change_unresolved");
    case "kerberos":
    case "certificate":
    case "session":
    case "users.search":
    case "groups.list":
    case "account.find":
      return end;
  }
}
