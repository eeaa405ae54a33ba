/**
 * Whether the service account may read what keeps people from being locked out: the time of an account's last failed login, and the
 * policy that says how many lock it.
 *
 * A search does not tell an attribute that is hidden from one that is absent. In Active Directory somebody always has a failure time,
 * so there one that is seen of nobody is hidden; other directories are asked to compare it, which they refuse where it is hidden.
 *
 * @see MS-ADA1 2.52 — badPasswordTime; RFC 4511 §4.10 — compare
 * @module
 */

import { lockoutAttributes } from "../../directory/accounts/lockout.ts";
import { domainRootOf } from "../../directory/ldap/distinguished-name.ts";
import type { DirectoryEntry } from "../../directory/ldap/entry.ts";
import { and, equals, present } from "../../directory/ldap/filter.ts";
import type { LdapConnection } from "../../directory/ldap/ldap-connection.ts";
import type { Preset, PresetName } from "../../directory/preset.ts";
import type { Deadline } from "../../login/deadline.ts";
import { namingContexts } from "./check-base.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";

export interface LockoutQuestion {
  readonly subject: string;
  readonly preset: Preset;
  readonly presetName: PresetName;
  readonly baseDn: string;
  /** Some accounts; the service account is not a good one to ask about, because it may see more of itself. */
  readonly people: readonly DirectoryEntry[];
  readonly serviceAccount: string;
}

export async function checkLockout(
  question: LockoutQuestion,
  connection: LdapConnection,
  deadline: Deadline,
): Promise<readonly Finding[]> {
  return [
    await checkFailureTime(question, connection, deadline),
    await checkPolicy(question, connection, deadline),
    ...(await checkFineGrainedPolicies(question, connection, deadline)),
  ];
}

async function checkFailureTime(
  question: LockoutQuestion,
  connection: LdapConnection,
  deadline: Deadline,
): Promise<Finding> {
  const { subject, preset, people, serviceAccount } = question;
  const { failureAttribute: attribute } = preset;
  const others = people.filter((one) => !isSameName(one.distinguishedName, serviceAccount));
  const [somebody] = others;
  if (somebody === undefined) return skipped("lockout", subject, "nobody was found whose it could be");
  const readable = fine("lockout", subject, `${attribute} of people can be read`);
  if (others.some((one) => one.bytes(attribute).length > 0)) return readable;
  const hidden = found("failure_time_hidden", "lockout", subject, `${attribute} of people cannot be read`);
  if (preset.failureUnit === "filetime")
    return (await isVisibleOfSomebody(question, connection, deadline)) ? readable : hidden;
  const probe = preset.failureUnit === "generalized_time" ? "20000101000000Z" : "1";
  const compared = await connection.compare(somebody.distinguishedName, attribute, probe, deadline);
  if (compared.kind === "compared" || compared.code === ldap.noSuchAttribute) return readable;
  switch (compared.code) {
    case ldap.insufficientAccessRights:
    case ldap.noSuchObject:
      return hidden;
    case ldap.undefinedAttributeType:
      return found("failure_time_absent", "lockout", subject, `this directory has no ${attribute}`);
    default: {
      const answer = compared.code === undefined ? compared.why : `result ${compared.code}`;
      const says = `whether ${attribute} of people can be read could not be found out: ${answer}`;
      return found("failure_time_unknown", "lockout", subject, says);
    }
  }
}

/** It does not replicate: of people who never logged in at this controller it may be absent. What is hidden matches no filter. */
async function isVisibleOfSomebody(
  { preset, baseDn, serviceAccount }: LockoutQuestion,
  connection: LdapConnection,
  deadline: Deadline,
): Promise<boolean> {
  const read = await connection.search(
    {
      base: baseDn,
      scope: "sub",
      filter: and([...preset.isAccount, present(preset.failureAttribute)]),
      attributes: ["1.1"],
      entriesMax: 2,
    },
    deadline,
  );
  const entries = read.kind === "entries" ? read.entries : [];
  return entries.some((one) => !isSameName(one.distinguishedName, serviceAccount));
}

const ldap = {
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  noSuchObject: 32,
  insufficientAccessRights: 50,
} as const;

const policiesMax = 10;

/** Where a product says how many wrong passwords lock an account. */
const policies = {
  openldap: { objectClass: "pwdPolicy", attribute: "pwdMaxFailure" },
  "389ds": { objectClass: "passwordPolicy", attribute: "passwordMaxFailure" },
  freeipa: { objectClass: "krbPwdPolicy", attribute: "krbPwdMaxFailure" },
} as const;

async function checkPolicy(
  { subject, presetName, baseDn }: LockoutQuestion,
  connection: LdapConnection,
  deadline: Deadline,
): Promise<Finding> {
  const contexts = await namingContexts(connection, deadline);
  const base = contexts.find((name) => baseDn.toLowerCase().endsWith(name.toLowerCase())) ?? baseDn;
  const isActiveDirectory = presetName === "active-directory";
  const attribute = isActiveDirectory ? "lockoutThreshold" : policies[presetName].attribute;
  const read = await connection.search(
    isActiveDirectory
      ? {
          base,
          scope: "base",
          filter: present("objectClass"),
          attributes: [attribute, "lockOutObservationWindow"],
          entriesMax: 1,
        }
      : {
          base,
          scope: "sub",
          filter: equals("objectClass", policies[presetName].objectClass),
          attributes: [attribute],
          entriesMax: 10,
        },
    deadline,
  );
  const values = read.kind === "entries" ? read.entries.flatMap((one) => one.texts(attribute)) : [];
  if (values.length === 0) {
    return found("lockout_policy_hidden", "lockout", subject, `${attribute} cannot be read, or is not set`);
  }
  const counts = values.map((value) => (value === "0" ? "never" : `after ${value} wrong passwords`));
  return fine("lockout", subject, `the policy can be read: accounts are locked ${counts.join(", or ")}`);
}

/**
 * Of those that apply to somebody, which everybody is told.
 *
 * @see MS-ADA2 2.439 — msDS-PSOApplied
 */
async function checkFineGrainedPolicies(
  { subject, preset, baseDn }: LockoutQuestion,
  connection: LdapConnection,
  deadline: Deadline,
): Promise<readonly Finding[]> {
  const { ownPolicy, applied } = lockoutAttributes(preset);
  if (ownPolicy === undefined || applied === undefined) return [];
  const read = await connection.search(
    {
      base: domainRootOf(baseDn),
      scope: "sub",
      filter: present(applied),
      attributes: [applied],
      entriesMax: policiesMax,
    },
    deadline,
  );
  const entries = read.kind === "entries" ? read.entries : [];
  const names = [...new Set(entries.flatMap((one) => one.texts(applied)))].slice(0, policiesMax);
  const { threshold } = ownPolicy;
  const seen = await Promise.all(
    names.map(async (base) => {
      const request = { base, scope: "base", filter: present("objectClass"), entriesMax: 1 } as const;
      const policy = await connection.search({ ...request, attributes: [threshold] }, deadline);
      return policy.kind === "entries" && policy.entries.some((one) => one.text(threshold) !== undefined);
    }),
  );
  const hidden = names.filter((_, index) => seen[index] !== true);
  if (hidden.length > 0) {
    const says = `fine-grained password policies that apply to people and cannot be read: ${hidden.length}`;
    return [found("fine_grained_policy_hidden", "lockout", subject, says, { confidential: hidden })];
  }
  return names.length === 0
    ? []
    : [fine("lockout", subject, `fine-grained password policies that can be read: ${names.length}`)];
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
