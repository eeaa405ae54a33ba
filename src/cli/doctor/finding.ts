/**
 * What one check of `drawbridge doctor` found out about one thing.
 *
 * A finding goes into support bundles, so its subject, sentence and facts name hosts, connections and certificates at the most. What
 * names people, distinguished names or files is `confidential` and is shown on the terminal alone.
 *
 * @module
 */

import { problems } from "./problems.ts";
import type { Problem } from "./problems.ts";

export const checkNames = [
  "configuration",
  "clock",
  "discovery",
  "network",
  "certificate",
  "service account",
  "base DN",
  "people",
  "groups",
  "lockout",
  "revocation",
  "keytab",
  "nats",
  "permissions",
  "keys",
  "round trip",
] as const;
export type CheckName = (typeof checkNames)[number];

export type FindingStatus = "ok" | "warning" | "wrong" | "skipped";

export interface Finding {
  readonly check: CheckName;
  /** A controller, a server, a connection. */
  readonly subject: string;
  readonly status: FindingStatus;
  readonly says: string;
  readonly facts?: readonly string[];
  readonly confidential?: readonly string[];
  /** Stable; what it means and what to do is in {@link problems}. */
  readonly problem?: Problem;
}

interface Details {
  readonly facts?: readonly string[];
  readonly confidential?: readonly string[];
}

export function fine(check: CheckName, subject: string, says: string, details: Details = {}): Finding {
  return { check, subject, status: "ok", says, ...details };
}

/** Could not be looked at, because something before it is wrong. */
export function skipped(check: CheckName, subject: string, says: string): Finding {
  return { check, subject, status: "skipped", says };
}

export function found(
  problem: Problem,
  check: CheckName,
  subject: string,
  says: string,
  details: Details = {},
): Finding {
  const status = problems[problem].isWarning === true ? "warning" : "wrong";
  return { check, subject, status, says, problem, ...details };
}
