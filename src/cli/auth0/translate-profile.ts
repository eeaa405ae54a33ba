/**
 * The declared mapping that takes the place of the old profile mapper.
 *
 * @module
 */

import type { MappedLine } from "./read-mapper.ts";

/** As `directory.profile` is written. */
export type WrittenProfile = Readonly<Record<string, string | object>>;

/** The old profile's names as the old connector filled them by itself, where nobody had changed the mapper. */
export const defaultProfile: WrittenProfile = {
  displayName: "displayName",
  familyName: "sn",
  givenName: "givenName",
  nickname: "sAMAccountName",
  email: "mail",
  st: "st",
  description: "description",
  postalCode: "postalCode",
  telephoneNumber: "telephoneNumber",
  co: "co",
  department: "department",
  company: "company",
  mailNickname: "mailNickname",
  sAMAccountName: "sAMAccountName",
  sAMAccountType: { attribute: "sAMAccountType", type: "integer" },
  userPrincipalName: "userPrincipalName",
  manager: "manager",
  organizationUnits: { attribute: "dn", pick: "OU", index: "all", multiple: true },
};

/** What every identity has beside the profile. */
const alwaysThere: ReadonlyMap<string, string> = new Map([
  ["id", "identity.subjectId"],
  ["user_id", "identity.subjectId"],
  ["groups", "identity.groups"],
  ["dn", "identity.distinguishedName"],
  ["distinguishedName", "identity.distinguishedName"],
]);

export interface TranslatedProfile {
  readonly profile: WrittenProfile;
  /** Each reading of the old mapper beside what takes its place. */
  readonly beside: readonly { readonly old: string; readonly now: string }[];
}

const name = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const attribute = /^[A-Za-z][A-Za-z0-9;-]{0,127}$/;
const namesMax = 64;

export function translateProfile(lines: readonly MappedLine[]): TranslatedProfile {
  const profile = new Map<string, string>();
  const beside = lines.map((line) => {
    const reads = line.attributes.map((one) => `raw_data.${one}`).join(", ");
    const old = `line ${line.line}: ${line.name ?? "?"} ← ${reads}`;
    const there = line.name === undefined ? undefined : alwaysThere.get(line.name);
    if (there !== undefined) return { old, now: `always there as ${there}` };
    const [only = ""] = line.attributes;
    const isTaken = line.isPlain && line.name !== undefined && name.test(line.name) && attribute.test(only);
    if (!isTaken || line.name === undefined || profile.size >= namesMax)
      return { old, now: "not taken over: it is code; declare it in directory.profile if it is wanted" };
    profile.set(line.name, only);
    return { old, now: `${line.name}: ${only}` };
  });
  return { profile: Object.fromEntries(profile), beside };
}
