/**
 * 200 groups, nested five deep: 40 on each level, each inside one of the level above.
 *
 * @module
 */

import type { Client } from "ldapts";
import type { LabDirectory } from "./lab-directory.ts";

const depth = 5;
const groupsOfLevel = 40;

/** Names, the lowest level first. */
export const levels: readonly (readonly string[])[] = namesOf("Nested", groupsOfLevel);

export interface NestedGroupsOptions {
  /** Of their names. */
  readonly prefix: string;
  readonly perLevel: number;
}

/** Puts the account into every group of the lowest level. */
export async function nestedGroups(
  client: Client,
  directory: LabDirectory,
  account: string,
  { prefix, perLevel }: NestedGroupsOptions = { prefix: "Nested", perLevel: groupsOfLevel },
): Promise<void> {
  const all = namesOf(prefix, perLevel);
  const isOpenLdap = directory.preset === "openldap";
  const place = isOpenLdap ? `ou=groups,${directory.baseDn}` : `CN=Users,${directory.baseDn}`;
  const dn = (name: string | undefined): string => `CN=${name},${place}`;
  for (const [level, names] of all.entries()) {
    for (const [index, name] of names.entries()) {
      const member = level === 0 ? directory.distinguishedName(account) : dn(all[level - 1]?.[index]);
      await client.add(dn(name), {
        objectClass: isOpenLdap ? "groupOfNames" : "group",
        cn: name,
        member,
        ...(isOpenLdap ? {} : { sAMAccountName: name }),
      });
    }
  }
}

function namesOf(prefix: string, perLevel: number): readonly (readonly string[])[] {
  return Array.from({ length: depth }, (_, level) =>
    Array.from({ length: perLevel }, (__, index) => `${prefix}-${level + 1}-${index + 1}`),
  );
}
