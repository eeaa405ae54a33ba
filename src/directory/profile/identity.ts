/**
 * An account's entry as the identity of a person.
 *
 * @module
 */

import type { Identity } from "../../login/identity.ts";
import type { FoundPerson } from "../../login/operation.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import type { ReadGroups } from "../groups/read-groups.ts";
import { decodeGuid } from "../ldap/guid.ts";
import type { Preset } from "../preset.ts";
import { decodeSid } from "../ldap/sid.ts";
import type { ProfileMapping } from "./profile.ts";

/** @returns undefined when the entry has no stable id or no name that the service account may read. */
export function identityOf(
  entry: DirectoryEntry,
  { groups, groupsRead }: ReadGroups,
  preset: Preset,
  profile: ProfileMapping,
): Identity | undefined {
  const person = personOf(entry, preset, profile);
  return person === undefined ? undefined : { ...person, groups, groupsRead };
}

/** As {@link identityOf}, without the groups. */
export function personOf(
  entry: DirectoryEntry,
  preset: Preset,
  profile: ProfileMapping,
): FoundPerson | undefined {
  const subjectId = subjectOf(entry, preset);
  const accountName = entry.text(preset.nameAttribute);
  if (subjectId === undefined || accountName === undefined) return undefined;
  const sid = sidOf(entry, preset);
  return {
    subjectId,
    accountName,
    distinguishedName: entry.distinguishedName,
    ...(sid === undefined ? {} : { sid }),
    profile: profile.profileOf(entry),
  };
}

export function subjectOf(entry: DirectoryEntry, preset: Preset): string | undefined {
  const [bytes] = entry.bytes(preset.subjectIdAttribute);
  if (bytes === undefined) return undefined;
  return preset.subjectIdForm === "guid" ? decodeGuid(bytes) : bytes.toString("utf8").toLowerCase();
}

export function sidOf(entry: DirectoryEntry, preset: Preset): string | undefined {
  if (preset.sidAttribute === undefined) return undefined;
  const [bytes] = entry.bytes(preset.sidAttribute);
  return bytes === undefined ? undefined : decodeSid(bytes);
}
