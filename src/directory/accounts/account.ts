/**
 * An account as a search found it, and what it is searched by.
 *
 * @see MS-ADTS 5.1.1.1.1 — name forms of a simple bind
 * @module
 */

import type { AccountName } from "../../login/account-name.ts";
import type { Account, ControllerName, FailureMarker } from "../../login/ports.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { and, equals } from "../ldap/filter.ts";
import type { LdapFilter } from "../ldap/filter.ts";
import { gidNumberAttribute, memberOfAttribute, primaryGroupAttribute } from "../preset.ts";
import type { Preset } from "../preset.ts";
import { stateAttributes } from "./account-state.ts";
import { markerOf } from "./failure-marker.ts";

/** An account with all that the search for it brought, so that the profile costs no second one. */
export class FoundAccount implements Account {
  readonly controller: ControllerName;
  readonly distinguishedName: string;
  readonly marker?: FailureMarker;
  readonly entry: DirectoryEntry;
  /** Where its domain's people are. */
  readonly baseDn: string;

  constructor(controller: ControllerName, entry: DirectoryEntry, preset: Preset, baseDn: string) {
    this.controller = controller;
    this.distinguishedName = entry.distinguishedName;
    this.entry = entry;
    this.baseDn = baseDn;
    const marker = markerOf(entry, preset);
    if (marker !== undefined) this.marker = marker;
  }
}

/** How the accounts of one domain are named. */
export interface Naming {
  readonly preset: Preset;
  /** With which `<own name>@<suffix>` is a principal name, in lower case. */
  readonly implicitSuffixes: ReadonlySet<string>;
}

export interface AccountFilter {
  readonly filter: LdapFilter;
  /** In lower case: it holds only in the domain that has this implicit suffix. */
  readonly suffix?: string;
}

/** The filters to try one after the other until one matches; none where nobody can have such a name. */
export function accountFilters(name: AccountName, naming: Naming): readonly AccountFilter[] {
  // Samba ends a value there and would find somebody with a shorter name.
  if (name.text.includes("\0")) return [];
  const { isAccount, names, nameAttribute } = naming.preset;
  const having = (attribute: string, value: string): AccountFilter => ({
    filter: and([...isAccount, equals(attribute, value)]),
  });
  switch (name.form) {
    case "plain":
      return names.plain.map((attribute) => having(attribute, name.text));
    case "principal": {
      const [explicit, ...others] = names.principal.map((attribute) => having(attribute, name.text));
      const suffix = name.suffix.toLowerCase();
      // A principal name that is written in an entry goes before one that follows from a domain's name.
      const implicit = naming.implicitSuffixes.has(suffix)
        ? [{ ...having(nameAttribute, name.user), suffix }]
        : [];
      return [...(explicit === undefined ? [] : [explicit]), ...implicit, ...others];
    }
    case "down_level":
      return [having(nameAttribute, name.user)];
  }
}

/** What the reading of groups begins with. */
const groupAttributes: Readonly<Record<Preset["groups"], readonly string[]>> = {
  token_groups: [primaryGroupAttribute, memberOfAttribute],
  member_of: [memberOfAttribute],
  member_search: [gidNumberAttribute],
};

/** @param profile  Attributes that the profile is made of. */
export function accountAttributes(preset: Preset, profile: readonly string[]): readonly string[] {
  return [
    ...new Set([
      preset.subjectIdAttribute,
      preset.nameAttribute,
      preset.failureAttribute,
      ...(preset.sidAttribute === undefined ? [] : [preset.sidAttribute]),
      ...groupAttributes[preset.groups],
      ...stateAttributes(preset.accountState),
      ...profile,
    ]),
  ];
}
