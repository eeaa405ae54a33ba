/**
 * What records and labels say of an end.
 *
 * @module
 */

import type { OperatorEnd, VerifierEnd } from "../login/ports.ts";

/** `none` where nothing was in the way. */
export function reasonOf(end: VerifierEnd | OperatorEnd): string {
  switch (end.outcome) {
    case "accepted":
    case "done":
      return "none";
    case "denied":
    case "refused":
      return end.reason;
    case "unavailable":
      return end.fault;
    case "returned":
      return end.why;
  }
}

/** To a tenth of a millisecond. */
export function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
