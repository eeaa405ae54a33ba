/**
 * Puts people, groups and the password policy into a fresh Active Directory.
 *
 * @module
 */

import { Attribute, Change } from "ldapts";
import type { Client } from "ldapts";
import { withLdap } from "./ldap-client.ts";
import { escapeDnValue, mailOf, rightPassword, serviceAccount } from "./people.ts";
import type { AccountState, Person } from "./people.ts";
import type { Authority } from "./pki.ts";
import { runCommand } from "./run-command.ts";
import type { SambaDomain } from "./samba-config.ts";
import { administratorOf } from "./samba-server.ts";
import { daySeconds, shiftedClock } from "./shifted-clock.ts";

/** Wrong passwords until an account is locked, in every test directory. */
export const lockoutThreshold = 3;

// MS-ADTS 2.2.16: NORMAL_ACCOUNT, ACCOUNTDISABLE, DONT_EXPIRE_PASSWORD, SMARTCARD_REQUIRED.
const normal = 0x200;
const accountDisabled = 0x2;
const passwordNeverExpires = 0x10000;
const smartcardRequired = 0x40000;

/** FILETIME of 2020-01-01. */
const longAgo = "132223104000000000";
/** The domain's "never": the lockout stays until an administrator ends it, however old the snapshot is. */
const never = "-9223372036854775808";
const thirtyMinutes = "-18000000000";

/** @returns the person's distinguished name in the seeded domain. @throws {Error} for an account that was not seeded. */
export function sambaDistinguishedName(domain: SambaDomain, account: string): string {
  if (account === serviceAccount.account) return dnOf(account, `CN=Users,${domain.baseDn}`);
  const person = domain.people.find((candidate) => candidate.account === account);
  if (person === undefined) throw new Error("no such person in the test directory");
  return dnOf(person.commonName, domain.peopleDn);
}

/** The server must be running on `address` over the domain in `folder`. */
export async function seedSamba(
  domain: SambaDomain,
  folder: string,
  address: string,
  authority: Authority,
): Promise<void> {
  const administrator = administratorOf(domain, address, authority);
  await withLdap(administrator, async (client) => {
    await setPolicy(domain, client);
    await addService(domain, client);
    for (const dn of [domain.peopleDn, domain.groupsDn])
      await client.add(dn, { objectClass: "organizationalUnit" });
    for (const person of domain.people) await addPerson(domain, client, person);
    for (const group of domain.groups) {
      await client.add(dnOf(group.name, domain.groupsDn), {
        objectClass: "group",
        sAMAccountName: group.name.replaceAll(/[^A-Za-z]/g, ""),
        member: [
          ...group.people.map((account) => sambaDistinguishedName(domain, account)),
          ...group.groups.map((name) => dnOf(name, domain.groupsDn)),
        ],
      });
    }
  });
  for (const person of domain.people.filter(({ state }) => state === "password_expired")) {
    await backdatePassword(person, folder);
  }
  for (const person of domain.people.filter(({ state }) => state === "locked")) {
    await lock(domain, person, address, authority);
  }
}

async function setPolicy(domain: SambaDomain, client: Client): Promise<void> {
  const policy = {
    lockoutThreshold: String(lockoutThreshold),
    lockoutDuration: never,
    lockOutObservationWindow: thirtyMinutes,
    minPwdAge: "0",
  };
  await client.modify(
    domain.baseDn,
    Object.entries(policy).map(([type, value]) => replace(type, value)),
  );
}

async function addService(domain: SambaDomain, client: Client): Promise<void> {
  await client.add(sambaDistinguishedName(domain, serviceAccount.account), [
    ...attributes({
      objectClass: "user",
      sAMAccountName: serviceAccount.account,
      userPrincipalName: `${serviceAccount.account}@${domain.dnsName}`,
      userAccountControl: String(normal | passwordNeverExpires),
    }),
    unicodePassword(serviceAccount.password),
  ]);
}

async function addPerson(domain: SambaDomain, client: Client, person: Person): Promise<void> {
  await client.add(dnOf(person.commonName, domain.peopleDn), [
    ...attributes({
      objectClass: "user",
      sAMAccountName: person.account,
      userPrincipalName: `${person.account}@${domain.dnsName}`,
      displayName: `${person.givenName} ${person.surname}`,
      givenName: person.givenName,
      sn: person.surname,
      title: person.title,
      mail: mailOf(person, domain.dnsName),
      userAccountControl: String(controlFlags(person.state)),
      ...stateAttributes(person.state),
    }),
    unicodePassword(rightPassword),
    // All bits zero: no hour of the week is allowed.
    ...(person.state === "logon_hours"
      ? [new Attribute({ type: "logonHours", values: [Buffer.alloc(21)] })]
      : []),
  ]);
}

function controlFlags(state: AccountState): number {
  // Everybody else's password would expire 42 days after the snapshot was made.
  if (state === "must_change" || state === "password_expired") return normal;
  if (state === "disabled") return normal | passwordNeverExpires | accountDisabled;
  if (state === "smartcard") return normal | passwordNeverExpires | smartcardRequired;
  return normal | passwordNeverExpires;
}

function stateAttributes(state: AccountState): Readonly<Record<string, string>> {
  if (state === "account_expired") return { accountExpires: longAgo };
  if (state === "must_change") return { pwdLastSet: "0" };
  if (state === "workstation") return { userWorkstations: "ENGINE-1" };
  return {};
}

/** The directory itself stamps when a password was set, so the tool that sets it has to live in the past. */
async function backdatePassword(person: Person, folder: string): Promise<void> {
  await runCommand(
    "samba-tool",
    [
      "user",
      "setpassword",
      person.account,
      `--newpassword=${rightPassword}`,
      `--URL=${folder}/private/sam.ldb`,
      `--configfile=${folder}/smb.conf`,
    ],
    { env: shiftedClock(-100 * daySeconds), timeoutMs: 30_000 },
  );
}

async function lock(
  domain: SambaDomain,
  person: Person,
  address: string,
  authority: Authority,
): Promise<void> {
  const target = {
    ...administratorOf(domain, address, authority),
    name: `${person.account}@${domain.dnsName}`,
    password: "wrong",
  };
  for (let failures = 0; failures < lockoutThreshold; failures += 1) {
    await withLdap(target, async () => {}).catch(() => {});
  }
}

function dnOf(commonName: string, parent: string): string {
  return `CN=${escapeDnValue(commonName)},${parent}`;
}

/** @see MS-ADTS 3.1.1.3.1.5 — the value is the quoted password in UTF-16LE */
function unicodePassword(password: string): Attribute {
  return new Attribute({ type: "unicodePwd", values: [Buffer.from(`"${password}"`, "utf16le")] });
}

function attributes(values: Readonly<Record<string, string>>): readonly Attribute[] {
  return Object.entries(values).map(([type, value]) => new Attribute({ type, values: [value] }));
}

function replace(type: string, value: string): Change {
  return new Change({ operation: "replace", modification: new Attribute({ type, values: [value] }) });
}
