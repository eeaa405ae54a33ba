/**
 * What differs between directory products, as data.
 *
 * @module
 */

import { equals } from "./ldap/filter.ts";
import type { LdapFilter } from "./ldap/filter.ts";

export const presetNames = ["active-directory", "openldap"] as const;
export type PresetName = (typeof presetNames)[number];

export interface Preset {
  /** What every account has in common, beside its name. */
  readonly isAccount: readonly LdapFilter[];
  /** What a bare name is compared with, and the user of `DOMAIN\user`. */
  readonly nameAttribute: string;
  /** What `user@suffix` is compared with, one after the other until somebody is found. */
  readonly principalAttributes: readonly string[];
  readonly subjectIdAttribute: string;
  readonly subjectIdForm: "guid" | "text";
  readonly sidAttribute?: string;
  /** Its times are what tells whether a bind counted. */
  readonly failureAttribute: string;
  readonly failureUnit: "filetime" | "generalized_time";
  /** True where the rootDSE has `currentTime`, by which a bind can be judged whose announcement was lost. */
  readonly hasClock: boolean;
  /** True where a bind is answered with the password policy control. */
  readonly hasPasswordPolicyControl: boolean;
  readonly groups: "token_groups" | "member_of";
  /** A group's name: unique in the directory where there is such an attribute. */
  readonly groupNameAttribute: string;
  /** Profile: name in the identity → attribute. */
  readonly profile: Readonly<Record<string, string>>;
}

/** Groups that an entry is in directly. No RFC has it; OpenLDAP's overlay and most others agree on this name. */
export const memberOfAttribute = "memberOf";

const person = {
  displayName: "displayName",
  givenName: "givenName",
  surname: "sn",
  mail: "mail",
  title: "title",
  department: "departmentNumber",
  telephoneNumber: "telephoneNumber",
} as const;

export const presets: Readonly<Record<PresetName, Preset>> = {
  "active-directory": {
    // objectCategory is indexed and keeps computers out, which are users too.
    isAccount: [equals("objectCategory", "person"), equals("objectClass", "user")],
    nameAttribute: "sAMAccountName",
    principalAttributes: ["userPrincipalName", "mail"],
    subjectIdAttribute: "objectGUID",
    subjectIdForm: "guid",
    sidAttribute: "objectSid",
    failureAttribute: "badPasswordTime",
    failureUnit: "filetime",
    hasClock: true,
    hasPasswordPolicyControl: false,
    groups: "token_groups",
    groupNameAttribute: "sAMAccountName",
    profile: { ...person, department: "department", userPrincipalName: "userPrincipalName" },
  },
  openldap: {
    isAccount: [],
    nameAttribute: "uid",
    principalAttributes: ["uid", "mail"],
    subjectIdAttribute: "entryUUID",
    subjectIdForm: "text",
    failureAttribute: "pwdFailureTime",
    failureUnit: "generalized_time",
    hasClock: false,
    hasPasswordPolicyControl: true,
    groups: "member_of",
    groupNameAttribute: "cn",
    profile: person,
  },
};
