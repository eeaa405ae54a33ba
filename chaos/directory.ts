/**
 * Two controllers that know the same people, each counting wrong passwords for itself.
 *
 * @module
 */

import { Attribute, Change } from "ldapts";
import { createRealm } from "../test/support/kerberos-realm.ts";
import type { KerberosRealm } from "../test/support/kerberos-realm.ts";
import type { LabDirectory } from "../test/support/lab-directory.ts";
import { plainPeople } from "../test/support/people.ts";
import { startSamba } from "../test/support/samba.ts";
import { startSlapd } from "../test/support/slapd.ts";

export interface ChaosDirectory extends AsyncDisposable {
  readonly controllers: readonly [LabDirectory, LabDirectory];
  /** Plain accounts that nothing is the matter with. */
  readonly accounts: readonly string[];
  readonly password: string;
  /** A name that both controllers' certificates have. */
  readonly tlsName: string;
  /** Where the directory has a KDC. */
  readonly realmOf?: () => Promise<KerberosRealm>;
  /** Wrong passwords counted so far, on all controllers together, for those accounts. */
  countBadPasswords(): Promise<number>;
}

export const directoryKinds = ["slapd", "samba"] as const;
export type DirectoryKind = (typeof directoryKinds)[number];

const slapdPeople = 300;
const sambaPeople = 20;
/** Nobody is locked here: what is counted is what matters. */
const failuresMax = 100_000;

/** @param withKdc  So that there are tickets; Samba has one. */
export async function startDirectory(kind: DirectoryKind, withKdc = false): Promise<ChaosDirectory> {
  await using cleanup = new AsyncDisposableStack();
  if (kind === "slapd") {
    const first = cleanup.use(await startSlapd({ usersMax: slapdPeople, failuresMax }));
    const second = cleanup.use(await startSlapd({ usersMax: slapdPeople, failuresMax, from: first }));
    const accounts = plainPeople(slapdPeople, (n) => `u${n}`).map(({ account }) => account);
    return directoryOf(
      [first, second],
      accounts,
      "pwdFailureTime",
      (values) => values.length,
      cleanup.move(),
    );
  }
  const first = cleanup.use(await startSamba(withKdc ? { services: "all" } : {}));
  const second = cleanup.use(await startSamba({ from: first }));
  for (const controller of [first, second]) await liftLockout(controller);
  const accounts = plainPeople(sambaPeople, (n) => `user${String(n).padStart(2, "0")}`).map(
    ({ account }) => account,
  );
  const sum = (values: readonly string[]): number => Number(values[0] ?? 0);
  const directory = directoryOf([first, second], accounts, "badPwdCount", sum, cleanup.move());
  return withKdc ? { ...directory, realmOf: () => createRealm(first) } : directory;
}

function directoryOf(
  controllers: ChaosDirectory["controllers"],
  accounts: readonly string[],
  attribute: string,
  countOf: (values: readonly string[]) => number,
  owned: AsyncDisposableStack,
): ChaosDirectory {
  const names = new Set(accounts);
  const nameAttribute = controllers[0].preset === "openldap" ? "uid" : "sAMAccountName";
  return {
    controllers,
    accounts,
    password: controllers[0].password,
    tlsName: controllers[0].preset === "openldap" ? "ldap.example.test" : "example.test",
    async countBadPasswords() {
      let count = 0;
      for (const controller of controllers) {
        const { searchEntries } = await controller.asAdministrator((client) =>
          client.search(controller.peopleDn, {
            filter: `(${nameAttribute}=u*)`,
            attributes: [nameAttribute, attribute],
          }),
        );
        for (const entry of searchEntries) {
          if (names.has(String(entry[nameAttribute]))) count += countOf(textsOf(entry[attribute]));
        }
      }
      return count;
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

async function liftLockout(controller: LabDirectory): Promise<void> {
  const modification = new Attribute({ type: "lockoutThreshold", values: ["65535"] });
  await controller.asAdministrator((client) =>
    client.modify(controller.baseDn, new Change({ operation: "replace", modification })),
  );
}

function textsOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
