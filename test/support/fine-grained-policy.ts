/**
 * Fine-grained password policies of an Active Directory, of which only the lockout is different from one another.
 *
 * A lockout by one of them stays until an administrator ends it.
 *
 * @see MS-ADSC 2.155 — msDS-PasswordSettings
 * @module
 */

import { Attribute, Change } from "ldapts";
import type { Client } from "ldapts";
import { readBytes } from "./ldap-client.ts";

export interface FineGrainedPolicy {
  readonly name: string;
  /** The lowest one counts for whoever has several. */
  readonly precedence: number;
  /** Wrong passwords that lock, in thirty minutes. */
  readonly threshold: number;
  readonly appliesTo: readonly string[];
  /** By itself domain administrators alone may read it. */
  readonly isPublic?: boolean;
}

const never = "-9223372036854775808";
const thirtyMinutes = "-18000000000";

/** @param client  An administrator's. */
export async function addFineGrainedPolicy(
  client: Client,
  { baseDn }: { readonly baseDn: string },
  { name, precedence, threshold, appliesTo, isPublic }: FineGrainedPolicy,
): Promise<void> {
  const dn = `CN=${name},CN=Password Settings Container,CN=System,${baseDn}`;
  await client.add(dn, {
    objectClass: "msDS-PasswordSettings",
    "msDS-PasswordSettingsPrecedence": String(precedence),
    "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
    "msDS-PasswordHistoryLength": "0",
    "msDS-PasswordComplexityEnabled": "FALSE",
    "msDS-MinimumPasswordLength": "0",
    "msDS-MinimumPasswordAge": "0",
    "msDS-MaximumPasswordAge": never,
    "msDS-LockoutThreshold": String(threshold),
    "msDS-LockoutObservationWindow": thirtyMinutes,
    "msDS-LockoutDuration": never,
    "msDS-PSOAppliesTo": [...appliesTo],
  });
  if (isPublic === true) await letEverybodyRead(client, dn);
}

/** Adds an entry to the end of the access list. @see MS-DTYP 2.4.6 — SECURITY_DESCRIPTOR, 2.4.5 — ACL, 2.4.4.2 — ACCESS_ALLOWED_ACE */
async function letEverybodyRead(client: Client, dn: string): Promise<void> {
  const [descriptor] = await readBytes(client, dn, "nTSecurityDescriptor");
  if (descriptor === undefined) throw new Error("the policy has no security descriptor");
  const listAt = descriptor.readUInt32LE(16);
  const length = descriptor.readUInt16LE(listAt + 2);
  if (listAt + length !== descriptor.length) throw new Error("the access list is not the last part");
  descriptor.writeUInt16LE(length + readByEverybody.length, listAt + 2);
  descriptor.writeUInt16LE(descriptor.readUInt16LE(listAt + 4) + 1, listAt + 4);
  const value = Buffer.concat([descriptor, readByEverybody]);
  const modification = new Attribute({ type: "nTSecurityDescriptor", values: [value] });
  await client.modify(dn, new Change({ operation: "replace", modification }));
}

/** READ_PROPERTY for S-1-5-11, who is authenticated users. */
const readByEverybody = Buffer.from("000014001000000001010000000000050b000000", "hex");
