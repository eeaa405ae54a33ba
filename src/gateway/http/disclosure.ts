/**
 * What a caller is told of a denial.
 *
 * A stranger must not learn whether an account exists. `proven` names only reasons that directories give to somebody who presented
 * the right password (disabled, expired, must change …). That an account is locked is told whatever the password was, so it is named
 * only under `state`. Unknown and ambiguous names always read as wrong passwords. What is wrong with a ticket says nothing about an
 * account, and whoever presents it can mend it only if they know.
 *
 * Of a certificate it is told that it has expired or is revoked, which was found only after its authority's signature. What else is wrong
 * with one helps only somebody who makes their own.
 *
 * @module
 */

import type { Refusal } from "../../login/operation.ts";
import type { DenialReason } from "../../login/verdict.ts";

export type Disclosure = "proven" | "state";

/** The reasons that anybody is ever told. */
export const toldReasons = [
  "bad_credentials",
  "account_disabled",
  "account_expired",
  "account_locked",
  "password_expired",
  "password_must_change",
  "logon_hours",
  "workstation_restricted",
  "logon_type_not_granted",
  "certificate_expired",
  "certificate_not_yet_valid",
  "certificate_revoked",
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
] as const satisfies readonly DenialReason[];
export type ToldReason = (typeof toldReasons)[number];

/** The same of a changed password. */
export const toldRefusals = [
  "not_offered",
  "wrong_old_password",
  "account_locked",
  "too_weak",
  "in_history",
  "too_young",
  "policy",
  "not_permitted",
  "expired",
] as const satisfies readonly Refusal[];
export type ToldRefusal = (typeof toldRefusals)[number];

export function disclosedReason(reason: DenialReason, disclosure: Disclosure): ToldReason {
  switch (reason) {
    case "unknown_account":
    case "ambiguous_account":
    case "bad_credentials":
    case "certificate_malformed":
    case "certificate_untrusted":
    case "certificate_weak":
    case "certificate_critical_extension":
    case "certificate_constrained":
    case "certificate_wrong_purpose":
    case "certificate_wrong_policy":
    case "certificate_sid_mismatch":
      return "bad_credentials";
    case "account_locked":
      return disclosure === "state" ? reason : "bad_credentials";
    case "account_disabled":
    case "account_expired":
    case "password_expired":
    case "password_must_change":
    case "logon_hours":
    case "workstation_restricted":
    case "logon_type_not_granted":
    case "certificate_expired":
    case "certificate_not_yet_valid":
    case "certificate_revoked":
    case "ticket_malformed":
    case "ticket_ntlm":
    case "ticket_clock_skew":
    case "ticket_expired":
    case "ticket_wrong_service":
    case "ticket_wrong_key":
    case "ticket_old_key":
    case "ticket_refused":
    case "ticket_replayed":
    case "ticket_foreign_realm":
      return reason;
  }
}

/** Of somebody who changes their own password: what a directory says before it has compared the old one reads as a wrong one. */
export function disclosedRefusal(reason: Refusal, disclosure: Disclosure): ToldRefusal {
  switch (reason) {
    case "unknown_account":
    case "ambiguous_account":
    case "account_disabled":
      return "wrong_old_password";
    case "account_locked":
      return disclosure === "state" ? reason : "wrong_old_password";
    // Of lists; nothing that is said of an account.
    case "bad_cursor":
      return "policy";
    case "not_offered":
    case "wrong_old_password":
    case "too_weak":
    case "in_history":
    case "too_young":
    case "policy":
    case "not_permitted":
    case "expired":
      return reason;
  }
}
