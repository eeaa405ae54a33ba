/**
 * What `drawbridge profile` prints for a person to read.
 *
 * @module
 */

import type { Identity } from "../login/identity.ts";
import type { PasswordState } from "../login/password-state.ts";

export interface DescribedProfile {
  readonly controller: string;
  readonly identity: Identity;
  readonly password?: PasswordState;
  /** Name in the identity → why it is not there. */
  readonly withoutValue: Readonly<Record<string, string>>;
}

const nameWidth = 20;

export function describeProfile({
  controller,
  identity,
  password,
  withoutValue,
}: DescribedProfile): readonly string[] {
  const { groups, groupsRead } = identity;
  return [
    row("account", identity.accountName),
    row("distinguished name", identity.distinguishedName),
    row("subject id", identity.subjectId),
    ...(identity.sid === undefined ? [] : [row("sid", identity.sid)]),
    row("read from", controller),
    ...(password === undefined ? [] : [row("password", passwordText(password))]),
    "",
    "Profile",
    ...Object.entries(identity.profile).map(([name, value]) => row(`  ${name}`, valueText(value))),
    ...Object.entries(withoutValue).map(([name, why]) => row(`  ${name}`, `- (${why})`)),
    "",
    `Groups: ${groups.length}, ${groupsRead}`,
    ...groups
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map(({ name, distinguishedName, sid }) => row(`  ${printable(name)}`, distinguishedName ?? sid ?? "")),
  ];
}

function passwordText({ status, expiresAt }: PasswordState): string {
  return expiresAt === undefined ? status : `${status}, expires at ${expiresAt}`;
}

function valueText(value: Identity["profile"][string]): string {
  return [value].flat().map(String).join(" | ");
}

function row(name: string, value: string): string {
  return `${name.padEnd(nameWidth)} ${printable(value)}`.trimEnd();
}

/** What a directory holds must not steer somebody's terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "�");
}
