/**
 * What differs between directory products, as data.
 *
 * @module
 */

import type { AccountStateForm } from "./accounts/account-state.ts";
import { equals } from "./ldap/filter.ts";
import type { LdapFilter } from "./ldap/filter.ts";
import type { ProfileOptions } from "./profile/profile-options.ts";

export const presetNames = ["active-directory", "openldap", "389ds", "freeipa"] as const;
export type PresetName = (typeof presetNames)[number];

export interface Preset {
  /** What every account has in common, beside its name. */
  readonly isAccount: readonly LdapFilter[];
  /** The account's own name, as the identity tells it; the user of `DOMAIN\user` and of an implicit principal name. */
  readonly nameAttribute: string;
  /** What names are compared with, one attribute after the other until somebody is found. */
  readonly names: NameAttributes;
  /** True where everybody also has the principal name `<own name>@<DNS name of the domain>`. */
  readonly hasImplicitPrincipals: boolean;
  /** Where a principal name is written that names nobody else. */
  readonly principalAttribute: string;
  /** How a published certificate is compared: byte for byte, or by issuer and serial number. */
  readonly certificateMatch: "bytes" | "issuer_and_serial";
  /** Where an administrator maps other identities to the account. */
  readonly securityIdentityAttribute?: string;
  readonly subjectIdAttribute: string;
  readonly subjectIdForm: "guid" | "text";
  readonly sidAttribute?: string;
  /** Grows with each wrong password: that is what tells whether a bind counted. */
  readonly failureAttribute: string;
  readonly failureUnit: "filetime" | "generalized_time" | "count";
  /** When the password was set: that is what tells whether a new one arrived. */
  readonly passwordTimeAttribute: string;
  readonly passwordTimeUnit: "filetime" | "generalized_time";
  /** `unicode_pwd`: by changing that attribute; `extended`: by the operation of RFC 3062. @see MS-ADTS 3.1.1.3.1.5.1 */
  readonly passwordWrite: "unicode_pwd" | "extended";
  readonly accountState: AccountStateForm;
  /** DN of the policy of accounts that name none of their own, as the settings say; products that keep one for a domain need none. */
  readonly lockoutPolicy?: string;
  /** True where the rootDSE has `currentTime`, by which a bind can be judged whose announcement was lost. */
  readonly hasClock: boolean;
  /** True where a bind is answered with the password policy control. */
  readonly hasPasswordPolicyControl: boolean;
  readonly groups: "token_groups" | "member_of" | "member_search";
  /** What a group is, any of them. */
  readonly isGroup: readonly LdapFilter[];
  /** A group's name: unique in the directory where there is such an attribute. */
  readonly groupNameAttribute: string;
  readonly profile: ProfileOptions;
}

export interface NameAttributes {
  /** For a bare name. */
  readonly plain: readonly string[];
  /** For `user@suffix`. */
  readonly principal: readonly string[];
}

/** Groups that an entry is in directly. No RFC has it; OpenLDAP's overlay and most others agree on this name. */
export const memberOfAttribute = "memberOf";
/** @see MS-ADA3 2.120 */
export const primaryGroupAttribute = "primaryGroupID";
/** Where certificates of people are published. @see RFC 4523 §4.1 */
export const certificateAttribute = "userCertificate";
/** Of a person and of their primary group. @see RFC 2307 §2.2 */
export const gidNumberAttribute = "gidNumber";

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
    names: { plain: ["sAMAccountName"], principal: ["userPrincipalName", "mail"] },
    hasImplicitPrincipals: true,
    principalAttribute: "userPrincipalName",
    certificateMatch: "bytes",
    securityIdentityAttribute: "altSecurityIdentities",
    subjectIdAttribute: "objectGUID",
    subjectIdForm: "guid",
    sidAttribute: "objectSid",
    failureAttribute: "badPasswordTime",
    failureUnit: "filetime",
    passwordTimeAttribute: "pwdLastSet",
    passwordTimeUnit: "filetime",
    passwordWrite: "unicode_pwd",
    accountState: "active_directory",
    hasClock: true,
    hasPasswordPolicyControl: false,
    groups: "token_groups",
    isGroup: [equals("objectClass", "group")],
    groupNameAttribute: "sAMAccountName",
    profile: { ...person, department: "department", userPrincipalName: "userPrincipalName" },
  },
  openldap: {
    isAccount: [],
    nameAttribute: "uid",
    names: { plain: ["uid"], principal: ["uid", "mail"] },
    hasImplicitPrincipals: false,
    principalAttribute: "uid",
    certificateMatch: "issuer_and_serial",
    subjectIdAttribute: "entryUUID",
    subjectIdForm: "text",
    failureAttribute: "pwdFailureTime",
    failureUnit: "generalized_time",
    passwordTimeAttribute: "pwdChangedTime",
    passwordTimeUnit: "generalized_time",
    passwordWrite: "extended",
    accountState: "password_policy",
    hasClock: false,
    hasPasswordPolicyControl: true,
    groups: "member_search",
    isGroup: ["groupOfNames", "groupOfUniqueNames", "posixGroup"].map((name) => equals("objectClass", name)),
    groupNameAttribute: "cn",
    profile: person,
  },
  "389ds": {
    isAccount: [equals("objectClass", "person")],
    nameAttribute: "uid",
    names: { plain: ["uid"], principal: ["uid", "mail"] },
    hasImplicitPrincipals: false,
    principalAttribute: "uid",
    certificateMatch: "bytes",
    subjectIdAttribute: "nsUniqueId",
    subjectIdForm: "text",
    failureAttribute: "passwordRetryCount",
    failureUnit: "count",
    // It keeps no time of the password's own unless it is told to.
    passwordTimeAttribute: "modifyTimestamp",
    passwordTimeUnit: "generalized_time",
    passwordWrite: "extended",
    accountState: "389ds",
    hasClock: false,
    hasPasswordPolicyControl: true,
    groups: "member_of",
    isGroup: ["groupOfNames", "groupOfUniqueNames", "posixGroup"].map((name) => equals("objectClass", name)),
    groupNameAttribute: "cn",
    profile: person,
  },
  freeipa: {
    // The compatibility tree shows everybody a second time, not as a person.
    isAccount: [equals("objectClass", "person")],
    nameAttribute: "uid",
    names: { plain: ["uid"], principal: ["krbPrincipalName", "mail"] },
    hasImplicitPrincipals: false,
    principalAttribute: "krbPrincipalName",
    certificateMatch: "bytes",
    subjectIdAttribute: "ipaUniqueID",
    subjectIdForm: "text",
    failureAttribute: "krbLoginFailedCount",
    failureUnit: "count",
    passwordTimeAttribute: "krbLastPwdChange",
    passwordTimeUnit: "generalized_time",
    passwordWrite: "extended",
    accountState: "freeipa",
    hasClock: false,
    hasPasswordPolicyControl: true,
    groups: "member_of",
    isGroup: ["groupOfNames", "groupOfUniqueNames", "posixGroup"].map((name) => equals("objectClass", name)),
    groupNameAttribute: "cn",
    profile: person,
  },
};
