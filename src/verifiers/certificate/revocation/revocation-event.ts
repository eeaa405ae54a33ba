/**
 * What is told of the places that know which certificates are revoked.
 *
 * @module
 */

import type { FetchFailure } from "./fetch.ts";

export type RevocationResult =
  | "ok"
  | FetchFailure
  | "unreadable"
  /** It is no list or answer, or none that can be used. */
  | "malformed"
  | "not_signed"
  | "out_of_date"
  /** The responder did not want to answer. */
  | "declined"
  /** The responder answered something that was not asked. */
  | "other_question"
  | "no_nonce"
  /** The responder answered that it does not know the certificate. */
  | "not_known";

export interface RevocationEvent {
  readonly source: "file" | "list" | "responder";
  /** The file, or the host. */
  readonly place: string;
  readonly result: RevocationResult;
}

/** Must not throw. */
export type ObserveRevocation = (event: RevocationEvent) => void;
