/**
 * What a directory counts towards a lockout, and when it locks.
 *
 * Active Directory has one policy a domain, and fine-grained ones. That an account has one of its own everybody is told; what it says
 * only domain administrators are, unless somebody lets the service account read it; till then a strict one is assumed. With OpenLDAP's ppolicy an entry may name a policy; which one is the default stands in the server's own
 * configuration, so it is not known, and the gateway's own limit holds.
 *
 * @see MS-ADA1 2.50 badPwdCount, 2.52 badPasswordTime; MS-ADA2 2.3 lockoutThreshold, lockOutObservationWindow
 * @see MS-ADTS 3.1.1.4.5.36 — msDS-ResultantPSO; 3.1.1.1.16 — badPwdCount is forgotten after the observation window
 * @see draft-behera-ldap-password-policy-11 §5.2.11, §5.2.12
 * @module
 */

import type { LockoutPolicy } from "../../login/standing.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { parseFiletime, unixMsOf } from "../ldap/filetime.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { Preset } from "../preset.ts";

/** Where the policy of one account stands, or of all of a domain. */
export interface PolicyAttributes {
  readonly threshold: string;
  readonly window: string;
  /** `interval`: a negative number of 100 ns. */
  readonly windowUnit: "interval" | "seconds";
  /** Every policy has them: one in which they are not seen is hidden. */
  readonly isMandatory: boolean;
}

interface LockoutAttributes {
  /** Of the account: which policy is its own. */
  readonly policyName?: string;
  /** Of people and groups: which policies name them. */
  readonly applied?: string;
  readonly ownPolicy?: PolicyAttributes;
  readonly domainPolicy?: PolicyAttributes;
  /** Wrong passwords as a number; without it, each is a value of the preset's failure attribute. */
  readonly count?: string;
}

const byPreset: Readonly<Record<Preset["accountState"], LockoutAttributes>> = {
  active_directory: {
    policyName: "msDS-ResultantPSO",
    applied: "msDS-PSOApplied",
    ownPolicy: {
      threshold: "msDS-LockoutThreshold",
      window: "msDS-LockoutObservationWindow",
      windowUnit: "interval",
      isMandatory: true,
    },
    domainPolicy: {
      threshold: "lockoutThreshold",
      window: "lockOutObservationWindow",
      windowUnit: "interval",
      isMandatory: true,
    },
    count: "badPwdCount",
  },
  password_policy: {
    policyName: "pwdPolicySubentry",
    ownPolicy: {
      threshold: "pwdMaxFailure",
      window: "pwdFailureCountInterval",
      windowUnit: "seconds",
      isMandatory: false,
    },
  },
  "389ds": { count: "passwordRetryCount" },
  freeipa: { count: "krbLoginFailedCount" },
};

export function lockoutAttributes(preset: Preset): LockoutAttributes {
  return byPreset[preset.accountState];
}

/** Of the account's own entry. */
export function standingAttributes(preset: Preset): readonly string[] {
  const { policyName, count } = lockoutAttributes(preset);
  return [preset.failureAttribute, preset.passwordTimeAttribute, policyName, count].flatMap(
    (name) => name ?? [],
  );
}

export function policyOf(entry: DirectoryEntry, attributes: PolicyAttributes): LockoutPolicy | undefined {
  const threshold = Number(entry.text(attributes.threshold) ?? 0);
  const window = Math.abs(Number(entry.text(attributes.window) ?? 0));
  if (!Number.isSafeInteger(threshold) || threshold < 1 || Number.isNaN(window)) return undefined;
  const windowMs = attributes.windowUnit === "interval" ? window / unitsPerMs : window * 1_000;
  // "Never" is the largest number there is.
  return { threshold, windowMs: windowMs >= neverMs ? 0 : windowMs };
}

/** Of a policy that may not be read: as strict as they are made, in the window of the domain. */
export function carefulPolicy(ofDomain: LockoutPolicy | undefined): LockoutPolicy {
  const { threshold, windowMs } = ofDomain ?? { threshold: strictThreshold, windowMs: usualWindowMs };
  return { threshold: Math.min(threshold, strictThreshold), windowMs };
}

const strictThreshold = 3;
const usualWindowMs = 1_800_000;
const unitsPerMs = 10_000;
const neverMs = 31_536_000_000;
/** A clock here and one there may differ; what may still count, counts. */
const clockToleranceMs = 300_000;

export function failuresOf(
  entry: DirectoryEntry,
  preset: Preset,
  policy: LockoutPolicy | undefined,
  nowMs: number,
): number {
  const isForgotten = (atMs: number | undefined): boolean =>
    atMs !== undefined &&
    policy !== undefined &&
    policy.windowMs > 0 &&
    nowMs - atMs > policy.windowMs + clockToleranceMs;
  const { count } = lockoutAttributes(preset);
  if (count === undefined) {
    const times = entry.texts(preset.failureAttribute).map(parseGeneralizedTime);
    return times.filter((atMs) => !isForgotten(atMs)).length;
  }
  const failures = Number(entry.text(count) ?? 0);
  const last =
    preset.failureUnit === "filetime" ? parseFiletime(entry.text(preset.failureAttribute) ?? "") : undefined;
  const lastAtMs = last?.kind === "time" ? unixMsOf(last.units) : undefined;
  return Number.isSafeInteger(failures) && failures > 0 && !isForgotten(lastAtMs) ? failures : 0;
}
