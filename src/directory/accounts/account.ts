/**
 * From the name that a person typed to exactly one entry.
 *
 * @see MS-ADTS 5.1.1.1.1 — name forms of a simple bind
 * @module
 */

import type { AccountName } from "../../login/account-name.ts";
import type { Account, ControllerName, FailureMarker } from "../../login/ports.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { markerOf } from "./failure-marker.ts";
import { and, equals } from "../ldap/filter.ts";
import type { LdapFilter } from "../ldap/filter.ts";
import { memberOfAttribute } from "../preset.ts";
import type { Preset } from "../preset.ts";

/** An account with all that the search for it brought, so that the profile costs no second one. */
export class FoundAccount implements Account {
  readonly controller: ControllerName;
  readonly distinguishedName: string;
  readonly marker?: FailureMarker;
  readonly entry: DirectoryEntry;

  constructor(controller: ControllerName, entry: DirectoryEntry, preset: Preset) {
    this.controller = controller;
    this.distinguishedName = entry.distinguishedName;
    this.entry = entry;
    const marker = markerOf(entry, preset);
    if (marker !== undefined) this.marker = marker;
  }
}

/**
 * @param domain  NetBIOS name that a `DOMAIN\user` must have.
 * @returns the filters to try one after the other until one matches; none where nobody can have such a name.
 */
export function accountFilters(name: AccountName, preset: Preset, domain?: string): readonly LdapFilter[] {
  // Samba ends a value there and would find somebody with a shorter name.
  if (name.text.includes("\0")) return [];
  const having = (attribute: string, value: string): LdapFilter =>
    and([...preset.isAccount, equals(attribute, value)]);
  switch (name.form) {
    case "plain":
      return [having(preset.nameAttribute, name.text)];
    case "principal":
      return preset.principalAttributes.map((attribute) => having(attribute, name.text));
    case "down_level":
      return name.domain.toLowerCase() === domain?.toLowerCase()
        ? [having(preset.nameAttribute, name.user)]
        : [];
  }
}

/** @param profile  Name in the identity → attribute. */
export function accountAttributes(
  preset: Preset,
  profile: Readonly<Record<string, string>>,
): readonly string[] {
  return [
    ...new Set([
      preset.subjectIdAttribute,
      preset.nameAttribute,
      preset.failureAttribute,
      ...(preset.sidAttribute === undefined ? [] : [preset.sidAttribute]),
      ...(preset.groups === "member_of" ? [memberOfAttribute] : []),
      ...Object.values(profile),
    ]),
  ];
}
