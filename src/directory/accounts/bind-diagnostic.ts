/**
 * What the answer to a bind says about the person.
 *
 * A denial needs a code that is known to be about the person. Whatever else a server answers is a fault.
 *
 * @see MS-ADTS 5.1.1.5, MS-ERREF 2.2 — Active Directory's sub-codes
 * @see draft-behera-ldap-password-policy-11 §6.2 — the password policy control
 * @module
 */

import type { BindOutcome } from "../../login/ports.ts";
import type { DenialReason } from "../../login/verdict.ts";

export interface BindAnswer {
  /** LDAP result code. */
  readonly code: number;
  /** Free text of the server; must go nowhere else, it may name the account. */
  readonly diagnostic: string;
  /** `error` of the password policy control, where one came back. */
  readonly policyError?: number;
  /** `timeBeforeExpiration` of that control, in seconds. */
  readonly expiresInSeconds?: number;
  /** `graceAuthNsRemaining` of that control: the password is past its age, and may be used so many more times. */
  readonly graceLoginsLeft?: number;
}

export type JudgedBind =
  | { readonly kind: "accepted"; readonly expiresInSeconds?: number; readonly isExpired: boolean }
  | Extract<BindOutcome, { readonly kind: "denied" }>
  /** The server did not look at the password; another one may. */
  | { readonly kind: "declined" }
  | {
      readonly kind: "refused";
      readonly fault: "directory_refused";
      readonly why: "encryption_required" | "channel_binding_required" | "other";
    };

// RFC 4511 appendix A.
const success = 0;
const strongerAuthRequired = 8;
const confidentialityRequired = 13;
const constraintViolation = 19;
const inappropriateAuthentication = 48;
const invalidCredentials = 49;
const busy = 51;
const unavailable = 52;
const unwillingToPerform = 53;

/** By the Windows error code after `data` in the diagnostic of result 49. */
const subCodes: ReadonlyMap<string, DenialReason> = new Map([
  ["525", "unknown_account"],
  ["52e", "bad_credentials"],
  ["530", "logon_hours"],
  ["531", "workstation_restricted"],
  ["532", "password_expired"],
  ["533", "account_disabled"],
  ["534", "logon_type_not_granted"],
  ["701", "account_expired"],
  ["773", "password_must_change"],
  ["775", "account_locked"],
]);

const policyErrors: ReadonlyMap<number | undefined, DenialReason> = new Map([
  [0, "password_expired"],
  [1, "account_locked"],
  [2, "password_must_change"],
]);

export function judgeBind(answer: BindAnswer): JudgedBind {
  const policyReason = policyErrors.get(answer.policyError);
  switch (answer.code) {
    case success:
      // OpenLDAP lets somebody in who must change the password first, for nothing but that change.
      return policyReason === undefined ? accepted(answer) : { kind: "denied", reason: policyReason };
    case invalidCredentials:
      // That a password must be changed proves nothing beside a refusal: it is only said to somebody who was let in.
      return policyReason === undefined || policyReason === "password_must_change"
        ? judgeSubCode(answer.diagnostic)
        : { kind: "denied", reason: policyReason };
    case constraintViolation:
    case unwillingToPerform:
      return judgeUnwilling(answer.diagnostic);
    case inappropriateAuthentication:
      // The entry has no password.
      return { kind: "denied", reason: "bad_credentials" };
    case busy:
    case unavailable:
      return { kind: "declined" };
    case strongerAuthRequired:
    case confidentialityRequired:
      return { kind: "refused", fault: "directory_refused", why: "encryption_required" };
    default:
      return { kind: "refused", fault: "directory_refused", why: "other" };
  }
}

function accepted({ expiresInSeconds, graceLoginsLeft }: BindAnswer): JudgedBind {
  return {
    kind: "accepted",
    isExpired: graceLoginsLeft !== undefined,
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
  };
}

/**
 * 389 Directory Server and FreeIPA have no sub-codes: these are their words for an account that an administrator, or too many wrong
 * passwords, have locked.
 */
const lockedWords = /^(account inactivated|exceed password retry limit|too many failed logins)\b/i;

function judgeUnwilling(diagnostic: string): JudgedBind {
  return lockedWords.test(diagnostic)
    ? { kind: "denied", reason: "account_locked" }
    : { kind: "refused", fault: "directory_refused", why: "other" };
}

/** Active Directory's error code, the only part of a diagnostic that says nothing about whom it is. */
export function subCodeOf(diagnostic: string): string | undefined {
  return /\bdata ([0-9a-f]{1,8})\b/i.exec(diagnostic)?.[1]?.toLowerCase();
}

function judgeSubCode(diagnostic: string): JudgedBind {
  const subCode = subCodeOf(diagnostic);
  if (subCode === undefined) return { kind: "denied", reason: "bad_credentials" };
  const reason = subCodes.get(subCode);
  if (reason !== undefined) return { kind: "denied", reason };
  // ERROR_NO_LOGON_SERVERS: a read-only controller that cannot reach one that knows the password.
  if (subCode === "51f") return { kind: "declined" };
  // SEC_E_BAD_BINDINGS comes dressed as wrong credentials. The other sub-codes are about the server or about something unheard of.
  const why = subCode === "80090346" ? "channel_binding_required" : "other";
  return { kind: "refused", fault: "directory_refused", why };
}
