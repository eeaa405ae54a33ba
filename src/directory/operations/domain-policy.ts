/**
 * Which part of Active Directory's password policy a new password offends, where the controller does not say.
 *
 * Microsoft's controllers answer one code to a password that is too short, too simple, used before or changed too soon. The policy is
 * readable by everybody, so all but the history can be told by looking; the history is what remains.
 *
 * @see MS-ADA2 2.42 minPwdAge, 2.43 minPwdLength; MS-ADA3 2.139 pwdHistoryLength, 2.140 pwdProperties
 * @see MS-ADTS 3.1.1.4.5.36 — msDS-ResultantPSO; MS-SAMR 3.1.1.7.1 — the order of the checks, complexity
 * @module
 */

import type { Refusal } from "../../login/operation.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { parseFiletime, unixMsOf } from "../ldap/filetime.ts";

export interface DomainPolicy {
  readonly ageMinMs: number;
  readonly lengthMin: number;
  readonly isComplex: boolean;
  readonly historyLength: number;
}

export const domainPolicyAttributes = [
  "minPwdAge",
  "minPwdLength",
  "pwdProperties",
  "pwdHistoryLength",
] as const;
/** Of a fine-grained policy's own entry, in the same order. */
export const ownPolicyAttributes = [
  "msDS-MinimumPasswordAge",
  "msDS-MinimumPasswordLength",
  "msDS-PasswordComplexityEnabled",
  "msDS-PasswordHistoryLength",
] as const;

const complexBit = 0x1;
const unitsPerMs = 10_000;

export function domainPolicyOf(entry: DirectoryEntry): DomainPolicy {
  const [age, length, properties, history] = domainPolicyAttributes.map((name) => entry.text(name));
  const isComplex = (Number(properties ?? 0) & complexBit) !== 0;
  return policyOf(age, length, isComplex, history);
}

export function ownPolicyOf(entry: DirectoryEntry): DomainPolicy {
  const [age, length, complex, history] = ownPolicyAttributes.map((name) => entry.text(name));
  return policyOf(age, length, complex === "TRUE", history);
}

function policyOf(
  age: string | undefined,
  length: string | undefined,
  isComplex: boolean,
  history: string | undefined,
): DomainPolicy {
  return {
    // Kept as a negative number of 100 ns.
    ageMinMs: Math.abs(Number(age ?? 0)) / unitsPerMs,
    lengthMin: Number(length ?? 0),
    isComplex,
    historyLength: Number(history ?? 0),
  };
}

export interface OffendingChange {
  readonly newPassword: string;
  /** FILETIME in decimal digits; `"0"` where the password must be changed, and so is never too young. */
  readonly pwdLastSet: string;
  readonly accountName: string;
  readonly displayName: string;
  /** By the wall clock here, milliseconds since 1970. */
  readonly nowMs: number;
}

export function offendedPart(policy: DomainPolicy, change: OffendingChange): Refusal {
  const lastSet = parseFiletime(change.pwdLastSet);
  const setAtMs = lastSet?.kind === "time" ? unixMsOf(lastSet.units) : undefined;
  if (setAtMs !== undefined && change.nowMs - setAtMs < policy.ageMinMs) return "too_young";
  // Counted as the directory does, in UTF-16 code units.
  if (change.newPassword.length < policy.lengthMin) return "too_weak";
  if (policy.isComplex && !isComplexEnough(change)) return "too_weak";
  return policy.historyLength > 0 ? "in_history" : "policy";
}

const kindsOfCharacter = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[\p{P}\p{S}]/u, /[\p{Lo}\p{Lt}\p{Lm}]/u];
const kindsLeast = 3;
const namePartLeast = 3;

function isComplexEnough({ newPassword, accountName, displayName }: OffendingChange): boolean {
  const kinds = kindsOfCharacter.filter((kind) => kind.test(newPassword)).length;
  const text = newPassword.toLowerCase();
  const nameParts = [accountName, ...displayName.split(/[,.\-_ #\t]+/)].map((part) => part.toLowerCase());
  return (
    kinds >= kindsLeast && !nameParts.some((part) => part.length >= namePartLeast && text.includes(part))
  );
}
