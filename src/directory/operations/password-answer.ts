/**
 * What a directory's answer to a new password says.
 *
 * A refusal needs a code that is known to be about the password or the account. Whatever else a server answers is a fault.
 *
 * @see MS-ADTS 3.1.1.3.1.5.1 — unicodePwd; MS-ERREF 2.2 — the Windows error code at the beginning of the diagnostic
 * @see draft-behera-ldap-password-policy-11 §6.2 — the password policy control
 * @module
 */

import type { Refusal } from "../../login/operation.ts";
import type { WriteAnswer } from "../ldap/ldap-connection.ts";

export type JudgedPassword =
  | { readonly kind: "set" }
  | { readonly kind: "refused"; readonly reason: Refusal }
  /** Active Directory's policy forbids it, and the answer does not say which part of it. */
  | { readonly kind: "forbidden" }
  /** The server did not look at it; another one may. */
  | { readonly kind: "declined" }
  | { readonly kind: "fault" };

// RFC 4511 appendix A.
const success = 0;
const noSuchObject = 32;
const invalidCredentials = 49;
const insufficientAccessRights = 50;
const busy = 51;
const unavailable = 52;

/** Windows error codes. */
const refusedByCode: ReadonlyMap<string, Refusal> = new Map([
  ["00000005", "not_permitted"],
  ["00000056", "wrong_old_password"],
  ["0000052b", "wrong_old_password"],
  ["0000052c", "too_weak"],
  ["00000533", "account_disabled"],
  ["00000775", "account_locked"],
]);
/** ERROR_PASSWORD_RESTRICTION. */
const passwordRestriction = "0000052d";

/** Samba adds which part of the policy it was. */
const restrictionWords: readonly (readonly [RegExp, Refusal])[] = [
  [/too short|complexity/i, "too_weak"],
  [/history/i, "in_history"],
  [/too young/i, "too_young"],
];

const refusedByPolicyError: ReadonlyMap<number | undefined, Refusal> = new Map([
  [0, "expired"],
  [1, "account_locked"],
  [3, "not_permitted"],
  [5, "too_weak"],
  [6, "too_weak"],
  [7, "too_young"],
  [8, "in_history"],
]);

export function judgePassword({ code, diagnostic, policyError }: WriteAnswer): JudgedPassword {
  if (code === success) return { kind: "set" };
  const windowsCode = /\b[0-9a-f]{8}(?=:)/i.exec(diagnostic)?.[0]?.toLowerCase() ?? "";
  if (windowsCode === passwordRestriction) {
    const reason = restrictionWords.find(([words]) => words.test(diagnostic))?.[1];
    return reason === undefined ? { kind: "forbidden" } : refusedFor(reason);
  }
  const reason = refusedByPolicyError.get(policyError) ?? refusedByCode.get(windowsCode);
  if (reason !== undefined) return refusedFor(reason);
  switch (code) {
    case invalidCredentials:
      return refusedFor("wrong_old_password");
    case insufficientAccessRights:
      return refusedFor("not_permitted");
    case noSuchObject:
      return refusedFor("unknown_account");
    case busy:
    case unavailable:
      return { kind: "declined" };
    case 19:
      return refusedFor("policy");
    default:
      return { kind: "fault" };
  }
}

function refusedFor(reason: Refusal): JudgedPassword {
  return { kind: "refused", reason };
}
