/**
 * What a gateway knows about a bind that a silent replica may have sent.
 *
 * @module
 */

import type { ControllerName, FailureMarker, Suspicion } from "../login/ports.ts";

export interface SuspectedBind {
  readonly controller: ControllerName;
  /** From the announcement of the bind, where it was heard. */
  readonly marker?: FailureMarker;
  readonly grantedAtMs: number;
}

export function suspicionOf({ controller, marker, grantedAtMs }: SuspectedBind, nowMs: number): Suspicion {
  return { controller, grantedAgoMs: nowMs - grantedAtMs, ...(marker === undefined ? {} : { marker }) };
}

/**
 * Joins what two silent grants left behind.
 *
 * The later replica checked the earlier suspicion before it announced a bind of its own, and found that nothing had counted. So a
 * later announced bind replaces what was known; a later grant of which no bind was heard does not, and the earliest time stands.
 */
export function joinSuspicions(earlier: SuspectedBind | undefined, later: SuspectedBind): SuspectedBind {
  if (earlier === undefined) return later;
  return later.marker === undefined ? earlier : { ...later, grantedAtMs: earlier.grantedAtMs };
}
