/**
 * The three possible ends of a login attempt.
 *
 * A denial is an answer about the person, an outage is not an answer: whatever could not be found out is
 * `unavailable`, never `denied` and never `accepted`. HTTP status, metric label, cache rule and exit code
 * all switch on this union.
 *
 * @module
 */

import type { Identity } from "./identity.ts";
import type { PasswordState } from "./password-state.ts";

export type Verdict =
  | {
      readonly outcome: "accepted";
      readonly identity: Identity;
      /** Absent where the directory itself answered just now. */
      readonly source?: "cache";
      /** Absent where the directory says nothing of the password's age, or no password was used. */
      readonly password?: PasswordState;
      /** Base64 of the token by which a client that asked for it knows the service (mutual authentication, RFC 4559 §5). */
      readonly answerToken?: string;
    }
  | { readonly outcome: "denied"; readonly reason: DenialReason }
  | { readonly outcome: "unavailable"; readonly fault: Fault };

/**
 * Why the directory said no. Stable strings: they are metric labels and wire values.
 *
 * Those of certificates say what the connector found, before the directory was asked; `sid_mismatch`, that the certificate was made
 * for another account than the one that it is mapped to.
 * Those of tickets say the same of a ticket.
 */
export const denialReasons = [
  "bad_credentials",
  "unknown_account",
  "ambiguous_account",
  "account_disabled",
  "account_expired",
  "account_locked",
  "password_expired",
  "password_must_change",
  "logon_hours",
  "workstation_restricted",
  "logon_type_not_granted",
  "certificate_malformed",
  "certificate_untrusted",
  "certificate_expired",
  "certificate_not_yet_valid",
  "certificate_weak",
  "certificate_critical_extension",
  "certificate_constrained",
  "certificate_wrong_purpose",
  "certificate_wrong_policy",
  "certificate_revoked",
  "certificate_sid_mismatch",
  "ticket_malformed",
  "ticket_ntlm",
  "ticket_clock_skew",
  "ticket_expired",
  "ticket_wrong_service",
  "ticket_wrong_key",
  "ticket_old_key",
  "ticket_refused",
  "ticket_replayed",
  "ticket_foreign_realm",
] as const;
export type DenialReason = (typeof denialReasons)[number];

/**
 * Which part could not answer. Operators see it; the person who logs in is told only to try again.
 *
 * - `no_connector`: no replica of this connection is on the bus.
 * - `gateway_busy`: this gateway works on as many requests of the connection as it may; it is said at once.
 * - `connector_busy`: every replica that answered was at its limit, for as long as the gateway went on asking.
 * - `connector_not_ready`: replicas are on the bus, none has a controller that answers.
 * - `directory_unreachable`: no controller answered the search, or the connection to bind on.
 * - `directory_refused`: the directory answered with a result that is not about the person.
 * - `bind_unresolved`: a bind was sent, its answer never came, and the directory could not be asked
 *   whether it counted; binding again could count a wrong password twice.
 * - `change_unresolved`: a new password was sent, the answer never came, and the directory could not be asked whether it is the
 *   person's now: they try the new one, then the old one.
 * - `groups_incomplete`: the settings demand all groups of a person, and not all could be read.
 * - `revocation_unknown`: nobody could say whether a certificate is revoked, and the settings demand to know.
 * - `ticket_check_down`: the part of a connector that checks tickets does not run; passwords are not concerned.
 * - `keytab_outdated`: the ticket was made with a newer key than any keytab has.
 * - `replays_unknown`: nobody could say whether a ticket was used before, and the settings demand to know.
 * - `throttled`: too many wrong passwords for this account or from this address; nothing was asked of the directory.
 * - `deadline_exceeded`: the time for this login ran out.
 * - `bus_disconnected`: this program's own connection to NATS is down.
 * - `internal_error`: a defect of ours; the log has it.
 */
export const faults = [
  "no_connector",
  "gateway_busy",
  "connector_busy",
  "connector_not_ready",
  "directory_unreachable",
  "directory_refused",
  "bind_unresolved",
  "change_unresolved",
  "groups_incomplete",
  "revocation_unknown",
  "ticket_check_down",
  "keytab_outdated",
  "replays_unknown",
  "throttled",
  "deadline_exceeded",
  "bus_disconnected",
  "internal_error",
] as const;
export type Fault = (typeof faults)[number];

export function isDenialReason(text: string): text is DenialReason {
  return denialReasons.some((reason) => reason === text);
}

export function isFault(text: string): text is Fault {
  return faults.some((fault) => fault === text);
}

export function denied(reason: DenialReason): Verdict {
  return { outcome: "denied", reason };
}

export function unavailable(fault: Fault): Verdict & { readonly outcome: "unavailable" } {
  return { outcome: "unavailable", fault };
}
