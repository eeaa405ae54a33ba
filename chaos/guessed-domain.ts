/**
 * An Active Directory whose accounts are guessed at: as many people as asked for, a lockout, and fine-grained policies for some.
 *
 * A lockout stays until an administrator ends it. So whoever was locked at any time is still locked when the counters are read.
 *
 * @module
 */

import { Attribute, Change } from "ldapts";
import type { Client } from "ldapts";
import { addFineGrainedPolicy } from "../test/support/fine-grained-policy.ts";
import { rightPassword } from "../test/support/people.ts";
import { startSamba } from "../test/support/samba.ts";
import type { Samba } from "../test/support/samba.ts";

/** Which lockout holds for somebody: the domain's, or a policy of their own that the service account may or may not read. */
export type Policy = "domain" | "own" | "own_hidden";

export interface GuessedPerson {
  readonly account: string;
  readonly policy: Policy;
  /** Wrong passwords that lock. */
  readonly threshold: number;
  /** Every way to write the name that the connector takes. */
  readonly spellings: readonly string[];
}

export interface Standing {
  readonly badPwdCount: number;
  readonly isLocked: boolean;
}

export interface GuessedDomain extends AsyncDisposable {
  readonly samba: Samba;
  readonly people: readonly GuessedPerson[];
  readonly password: string;
  /** As the controller tells an administrator, by account. */
  readStandings(): Promise<ReadonlyMap<string, Standing>>;
}

export const domainThreshold = 5;
export const ownThreshold = 3;

// MS-ADTS 2.2.16: NORMAL_ACCOUNT, DONT_EXPIRE_PASSWORD.
const control = 0x200 | 0x10000;
/** Of ten people one has a policy that can be read, and one has a policy that cannot. */
const pattern: readonly Policy[] = ["own", "own_hidden", ...Array<Policy>(8).fill("domain")];

export async function startGuessedDomain(count: number): Promise<GuessedDomain> {
  await using cleanup = new AsyncDisposableStack();
  const samba = cleanup.use(await startSamba());
  const people = Array.from({ length: count }, (_, index) => personOf(index));
  await samba.asAdministrator(async (client) => {
    await client.modify(samba.baseDn, replace("lockoutThreshold", String(domainThreshold)));
    for (const person of people) await addPerson(client, samba, person);
    await addPolicy(client, samba, people, "own");
    await addPolicy(client, samba, people, "own_hidden");
  });
  const owned = cleanup.move();
  return {
    samba,
    people,
    password: rightPassword,
    async readStandings() {
      const { searchEntries } = await samba.asAdministrator((client) =>
        client.search(samba.peopleDn, {
          filter: "(sAMAccountName=guessed*)",
          attributes: ["sAMAccountName", "badPwdCount", "lockoutTime"],
        }),
      );
      return new Map(
        searchEntries.map((entry) => {
          const numberOf = (name: string): number => Number(entry[name] ?? 0);
          const standing = { badPwdCount: numberOf("badPwdCount"), isLocked: numberOf("lockoutTime") > 0 };
          return [String(entry["sAMAccountName"]), standing];
        }),
      );
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function personOf(index: number): GuessedPerson {
  const account = `guessed${String(index + 1).padStart(3, "0")}`;
  const policy = pattern[index % pattern.length] ?? "domain";
  const [first = "", ...rest] = account;
  return {
    account,
    policy,
    threshold: policy === "domain" ? domainThreshold : ownThreshold,
    spellings: [
      account,
      account.toUpperCase(),
      first.toUpperCase() + rest.join(""),
      `EXAMPLE\\${account}`,
      `${account}@example.test`,
      `${account}@EXAMPLE.TEST`,
      mailOf(account),
    ],
  };
}

function mailOf(account: string): string {
  return `mail.of.${account}@example.test`;
}

async function addPerson(client: Client, samba: Samba, { account }: GuessedPerson): Promise<void> {
  const attributes = {
    objectClass: "user",
    sAMAccountName: account,
    userPrincipalName: `${account}@example.test`,
    mail: mailOf(account),
    userAccountControl: String(control),
  };
  await client.add(nameOf(samba, account), [
    ...Object.entries(attributes).map(([type, value]) => new Attribute({ type, values: [value] })),
    new Attribute({ type: "unicodePwd", values: [Buffer.from(`"${rightPassword}"`, "utf16le")] }),
  ]);
}

async function addPolicy(
  client: Client,
  samba: Samba,
  people: readonly GuessedPerson[],
  policy: Exclude<Policy, "domain">,
): Promise<void> {
  const applies = people.filter((person) => person.policy === policy);
  if (applies.length === 0) return;
  await addFineGrainedPolicy(client, samba, {
    name: policy,
    precedence: policy === "own" ? 10 : 20,
    threshold: ownThreshold,
    appliesTo: applies.map(({ account }) => nameOf(samba, account)),
    isPublic: policy === "own",
  });
}

function nameOf({ peopleDn }: Samba, account: string): string {
  return `CN=${account},${peopleDn}`;
}

function replace(type: string, value: string): Change {
  return new Change({ operation: "replace", modification: new Attribute({ type, values: [value] }) });
}
