/**
 * Who an accepted person is, as the directory describes them.
 *
 * `subjectId` is the only field to key anything on: it survives renames and moves (objectGUID, entryUUID).
 * Names and mail addresses change owners.
 *
 * @module
 */

export interface Identity {
  /** objectGUID or entryUUID in the RFC 9562 text form, lower case. */
  readonly subjectId: string;
  /** sAMAccountName or uid, spelled as the directory spells it. */
  readonly accountName: string;
  readonly distinguishedName: string;
  /** objectSid as `S-1-…`; only Active Directory has one. */
  readonly sid?: string;
  /** What the settings map: `displayName`, `mail`, …; what has no value is not in it. */
  readonly profile: Profile;
  readonly groups: readonly Group[];
  /** `incomplete` when the time or size limit for reading groups was reached. */
  readonly groupsRead: "complete" | "incomplete";
}

export type Profile = Readonly<Record<string, ProfileValue>>;

/** A list where the mapping says `multiple`, in the directory's order. */
export type ProfileValue = ProfileScalar | readonly ProfileScalar[];
export type ProfileScalar = string | number | boolean;

export interface Group {
  readonly name: string;
  readonly distinguishedName?: string;
  /** `S-1-…`; only Active Directory has one. */
  readonly sid?: string;
}
