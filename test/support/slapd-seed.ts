/**
 * Puts people, groups and the password policy into an empty OpenLDAP.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { Attribute, Control } from "ldapts";
import type { Client } from "ldapts";
import {
  escapeDnValue,
  groups,
  mailOf,
  people,
  plainPeople,
  rightPassword,
  serviceAccount,
} from "./people.ts";
import type { AccountState, Person } from "./people.ts";
import { slapdTree, suffix } from "./slapd-config.ts";

/** The states that OpenLDAP's password policy knows; the people in the others are left out. */
const states: readonly AccountState[] = ["active", "disabled", "locked", "must_change", "password_expired"];

/** slapd closes a connection on which 1,000 operations wait. @see slapd.conf(5) — conn_max_pending_auth */
const addedAtOnceMax = 500;

/** draft-behera-ldap-password-policy: this value means locked by an administrator, for ever. */
const lockedForEver = "000001010000Z";
const longAgo = "20200101000000Z";
const lockoutSeconds = "1800";
const passwordAgeMaxSeconds = "31536000";

/** Lets the directory take attributes that it otherwise keeps to itself. @see draft-zeilenga-ldap-relax */
class RelaxRules extends Control {
  constructor() {
    super("1.3.6.1.4.1.4203.666.5.12", { critical: true });
  }
}

export function uidDn(account: string): string {
  return `uid=${escapeDnValue(account)},${slapdTree.people}`;
}

/** @param usersMax  Plain people `u1`…`uN`, all in the group `Load`. */
export async function seedSlapd(client: Client, usersMax: number, failuresMax: number): Promise<void> {
  const plain = plainPeople(usersMax, (number) => `u${number}`);
  const everybody = [...people.filter(({ state }) => states.includes(state)), ...plain];

  await client.add(suffix, { objectClass: "domain", dc: "example" });
  for (const dn of [slapdTree.people, slapdTree.groups, slapdTree.policies]) {
    await client.add(dn, { objectClass: "organizationalUnit" });
  }
  await addPolicy(client, failuresMax);
  await addService(client);
  const hash = saltedHash(rightPassword);
  for (let start = 0; start < everybody.length; start += addedAtOnceMax) {
    const some = everybody.slice(start, start + addedAtOnceMax);
    await Promise.all(some.map((person) => addPerson(client, person, hash)));
  }
  for (const group of groups) {
    await addGroup(client, group.name, [
      ...group.people.map(uidDn),
      ...group.groups.map((name) => groupDn(name)),
    ]);
  }
  if (plain.length > 0) {
    await addGroup(
      client,
      "Load",
      plain.map(({ account }) => uidDn(account)),
    );
  }
}

async function addPolicy(client: Client, failuresMax: number): Promise<void> {
  await client.add(slapdTree.policy, {
    objectClass: ["device", "pwdPolicy"],
    pwdAttribute: "userPassword",
    pwdMaxFailure: String(failuresMax),
    pwdLockout: "TRUE",
    pwdLockoutDuration: lockoutSeconds,
    pwdMaxAge: passwordAgeMaxSeconds,
    pwdMustChange: "TRUE",
    pwdAllowUserChange: "TRUE",
    pwdCheckQuality: "1",
    pwdMinLength: "8",
    pwdInHistory: "3",
  });
}

async function addService(client: Client): Promise<void> {
  await client.add(uidDn(serviceAccount.account), {
    objectClass: "inetOrgPerson",
    cn: "Drawbridge",
    sn: "Service",
    userPassword: saltedHash(serviceAccount.password),
  });
}

/** The plain people from `u<from>` to `u<to>` as LDIF, for `slapadd`, which is twenty times as fast as a client. @see RFC 2849 */
export function plainPeopleLdif(from: number, to: number): string {
  const hash = saltedHash(rightPassword);
  return plainPeople(to, (number) => `u${number}`)
    .slice(from - 1)
    .map((person) => {
      const values = Object.entries(entryOf(person, hash)).map(([type, value]) => `${type}: ${value}\n`);
      return `dn: ${uidDn(person.account)}\n${values.join("")}\n`;
    })
    .join("");
}

async function addPerson(client: Client, person: Person, hash: string): Promise<void> {
  await client.add(
    uidDn(person.account),
    Object.entries(entryOf(person, hash)).map(([type, value]) => new Attribute({ type, values: [value] })),
    new RelaxRules(),
  );
}

function entryOf(person: Person, hash: string): Readonly<Record<string, string>> {
  return {
    objectClass: "inetOrgPerson",
    cn: person.commonName,
    sn: person.surname,
    givenName: person.givenName,
    displayName: `${person.givenName} ${person.surname}`,
    title: person.title,
    mail: mailOf(person),
    userPassword: hash,
    ...stateAttributes(person.state),
  };
}

function stateAttributes(state: AccountState): Readonly<Record<string, string>> {
  if (state === "disabled") return { pwdAccountLockedTime: lockedForEver };
  if (state === "locked") return { pwdAccountLockedTime: generalizedTime(new Date()) };
  if (state === "must_change") return { pwdReset: "TRUE" };
  if (state === "password_expired") return { pwdChangedTime: longAgo };
  return {};
}

async function addGroup(client: Client, name: string, member: readonly string[]): Promise<void> {
  await client.add(groupDn(name), { objectClass: "groupOfNames", member: [...member] });
}

function groupDn(name: string): string {
  return `cn=${escapeDnValue(name)},${slapdTree.groups}`;
}

/** `20260131T…` as LDAP writes it. @see RFC 4517 §3.3.13 */
function generalizedTime(date: Date): string {
  return `${date.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`;
}

/** {SSHA}, cheap to check: the load tests measure us, not a password hash. */
export function saltedHash(password: string): string {
  const salt = randomBytes(8);
  const digest = createHash("sha1").update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString("base64")}`;
}
