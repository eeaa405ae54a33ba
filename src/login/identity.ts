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
  /** Mapped attributes: `displayName`, `mail`, … each with the values in the directory's order. */
  readonly profile: Readonly<Record<string, readonly string[]>>;
  readonly groups: readonly Group[];
  /** `incomplete` when the time or size limit for reading groups was reached. */
  readonly groupsRead: "complete" | "incomplete";
}

export interface Group {
  readonly name: string;
  readonly distinguishedName?: string;
  /** `S-1-…`; only Active Directory has one. */
  readonly sid?: string;
}
