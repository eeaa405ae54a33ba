/**
 * What an account's own attributes say of its state.
 *
 * A password is judged by the controller that checks it; this tells the rest: when the password expires, and, for a login without a
 * password and for an operator who asks why, whether the account may be used at all. What the service account may not read is taken
 * as nothing being the matter, so it never stands in for the answer to a bind.
 *
 * @see MS-ADTS 2.2.16 — userAccountControl bits; 3.1.1.4.5.17 — msDS-User-Account-Control-Computed
 * @see MS-ADTS 3.1.1.4.5.34 — msDS-UserPasswordExpiryTimeComputed; MS-ADA1 2.1 — accountExpires
 * @see MS-SAMR 2.2.6.5 — logon hours
 * @see draft-behera-ldap-password-policy-11 §5.3 — operational attributes of the password policy
 * @module
 */

import type { PasswordState } from "../../login/password-state.ts";
import type { AccountJudgement } from "../../login/ports.ts";
import type { DenialReason } from "../../login/verdict.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { parseFiletime, unixMsOf } from "../ldap/filetime.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";

/** Where a product keeps an account's state. */
export const accountStateForms = ["active_directory", "password_policy", "389ds", "freeipa"] as const;
export type AccountStateForm = (typeof accountStateForms)[number];

export interface AccountState {
  /** Why it cannot be used, the most final first; empty where nothing is the matter. */
  readonly problems: readonly DenialReason[];
  /** Milliseconds since 1970. Absent where the password never expires, or nobody can tell. */
  readonly passwordExpiresAtMs?: number;
}

const flagsAttribute = "userAccountControl";
const computedFlagsAttribute = "msDS-User-Account-Control-Computed";

const attributesOf: Readonly<Record<AccountStateForm, readonly string[]>> = {
  active_directory: [
    flagsAttribute,
    computedFlagsAttribute,
    "accountExpires",
    "pwdLastSet",
    "msDS-UserPasswordExpiryTimeComputed",
    "logonHours",
    "userWorkstations",
  ],
  password_policy: ["pwdAccountLockedTime", "pwdReset", "pwdStartTime", "pwdEndTime"],
  "389ds": ["nsAccountLock", "passwordExpirationTime"],
  freeipa: ["nsAccountLock", "krbPasswordExpiration", "krbPrincipalExpiration"],
};

export function stateAttributes(form: AccountStateForm): readonly string[] {
  return attributesOf[form];
}

/** @param nowMs  Wall time, milliseconds since 1970: only compared with days, never with a bind. */
export function accountStateOf(entry: DirectoryEntry, form: AccountStateForm, nowMs: number): AccountState {
  switch (form) {
    case "active_directory":
      return activeDirectoryState(entry, nowMs);
    case "password_policy":
      return passwordPolicyState(entry, nowMs);
    case "389ds":
      return generalState(entry, { password: "passwordExpirationTime" }, nowMs);
    case "freeipa":
      return generalState(
        entry,
        { password: "krbPasswordExpiration", account: "krbPrincipalExpiration" },
        nowMs,
      );
  }
}

/** What a login is judged by that no controller judges. @param nowMs  As in {@link accountStateOf}. */
export function judgeState(entry: DirectoryEntry, form: AccountStateForm, nowMs: number): AccountJudgement {
  // Every account has both; without them one that is disabled or locked looks as if nothing were the matter. The other forms keep
  // no attribute where nothing is the matter.
  const isReadable = [flagsAttribute, computedFlagsAttribute].every((name) => entry.text(name) !== undefined);
  if (form === "active_directory" && !isReadable) return { kind: "unavailable", fault: "directory_refused" };
  return { kind: "judged", problems: accountStateOf(entry, form, nowMs).problems };
}

/** What an accepted person is told of it. */
export function passwordStateOf({ passwordExpiresAtMs }: AccountState): PasswordState | undefined {
  return passwordExpiresAtMs === undefined
    ? undefined
    : { status: "valid", expiresAt: new Date(passwordExpiresAtMs).toISOString() };
}

const accountDisabled = 0x2;
const lockout = 0x10;
const dontExpirePassword = 0x1_0000;
const passwordExpired = 0x80_0000;
const logonHoursBytes = 21;

function activeDirectoryState(entry: DirectoryEntry, nowMs: number): AccountState {
  const control = Number(entry.text(flagsAttribute) ?? 0);
  const computed = Number(entry.text(computedFlagsAttribute) ?? 0);
  const accountExpiresAtMs = timeOf(entry.text("accountExpires"));
  const passwordExpiresAtMs = timeOf(entry.text("msDS-UserPasswordExpiryTimeComputed"));
  const mustChange = entry.text("pwdLastSet") === "0" && (control & dontExpirePassword) === 0;
  return stateOf(
    {
      account_disabled: (control & accountDisabled) !== 0,
      account_locked: (computed & lockout) !== 0,
      account_expired: isPast(accountExpiresAtMs, nowMs),
      logon_hours: !isLogonHour(entry.bytes("logonHours")[0], nowMs),
      // From where somebody comes is not known here.
      workstation_restricted: (entry.text("userWorkstations") ?? "") !== "",
      password_must_change: mustChange,
      password_expired: !mustChange && (computed & passwordExpired) !== 0,
    },
    passwordExpiresAtMs,
  );
}

/** By an administrator, and not by too many wrong passwords. */
const lockedForGood = "000001010000Z";

/** When a password expires is not in the entry but in its policy; the answer to a bind tells, when it is near. */
function passwordPolicyState(entry: DirectoryEntry, nowMs: number): AccountState {
  const startsAtMs = parseGeneralizedTime(entry.text("pwdStartTime") ?? "");
  const lockedTime = entry.text("pwdAccountLockedTime");
  return stateOf({
    account_locked: lockedTime !== undefined,
    account_disabled: lockedTime === lockedForGood || (startsAtMs !== undefined && startsAtMs > nowMs),
    account_expired: isPast(parseGeneralizedTime(entry.text("pwdEndTime") ?? ""), nowMs),
    password_must_change: isTrue(entry.text("pwdReset")),
  });
}

function generalState(
  entry: DirectoryEntry,
  expiry: { readonly password: string; readonly account?: string },
  nowMs: number,
): AccountState {
  const passwordExpiresAtMs = parseGeneralizedTime(entry.text(expiry.password) ?? "");
  const account = expiry.account === undefined ? undefined : entry.text(expiry.account);
  return stateOf(
    {
      account_disabled: isTrue(entry.text("nsAccountLock")),
      account_expired: isPast(parseGeneralizedTime(account ?? ""), nowMs),
      password_expired: isPast(passwordExpiresAtMs, nowMs),
    },
    passwordExpiresAtMs,
  );
}

function stateOf(
  found: Partial<Readonly<Record<DenialReason, boolean>>>,
  passwordExpiresAtMs?: number,
): AccountState {
  const order = [
    "account_disabled",
    "account_locked",
    "account_expired",
    "logon_hours",
    "workstation_restricted",
    "password_must_change",
    "password_expired",
  ] as const;
  return {
    problems: order.filter((reason) => found[reason] === true),
    ...(passwordExpiresAtMs === undefined ? {} : { passwordExpiresAtMs }),
  };
}

/** One bit for each hour of the week, which begins on Sunday in UTC; all hours where there are no such bits. */
function isLogonHour(hours: Buffer | undefined, nowMs: number): boolean {
  if (hours?.length !== logonHoursBytes) return true;
  const now = new Date(nowMs);
  const hour = 24 * now.getUTCDay() + now.getUTCHours();
  return ((hours.readUInt8(hour >> 3) >> (hour & 7)) & 1) === 1;
}

/** 0 and 2^63 - 1 both mean never in accountExpires; in the computed expiry 0 means that there is no password to expire yet. */
function timeOf(filetime: string | undefined): number | undefined {
  const parsed = parseFiletime(filetime ?? "");
  return parsed?.kind === "time" ? unixMsOf(parsed.units) : undefined;
}

function isPast(atMs: number | undefined, nowMs: number): boolean {
  return atMs !== undefined && atMs <= nowMs;
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === "true";
}
