/**
 * A login by an LDAP client in three operations, for what is measured beside Drawbridge. They ask for what Drawbridge asks for.
 *
 * @module
 */

import { AndFilter, Client, EqualityFilter, InvalidCredentialsError, OrFilter } from "ldapts";
import type { DriverOptions } from "./driver.ts";

const attributes =
  "entryUUID uid pwdFailureTime gidNumber pwdAccountLockedTime pwdReset pwdChangedTime displayName givenName sn mail title departmentNumber telephoneNumber".split(
    " ",
  );

export interface LdapLogin {
  /** @returns the distinguished name; undefined for nobody and for several. */
  find(account: string): Promise<string | undefined>;
  check(distinguishedName: string, password: string): Promise<boolean>;
  /** How many groups. */
  groupsOf(account: string, distinguishedName: string): Promise<number>;
}

/** A connection of its own, logged in as the service account. */
export async function openLdap(options: DriverOptions): Promise<LdapLogin> {
  const client = new Client({ url: options.url, tlsOptions: { ca: options.ca } });
  await client.bind(options.service.name, options.service.password);
  return {
    async find(account) {
      const filter = new AndFilter({ filters: [new EqualityFilter({ attribute: "uid", value: account })] });
      const { searchEntries } = await client.search(options.baseDn, { filter, attributes, sizeLimit: 2 });
      return searchEntries.length === 1 ? searchEntries[0]?.dn : undefined;
    },
    async check(distinguishedName, password) {
      try {
        await client.bind(distinguishedName, password);
        return true;
      } catch (error) {
        if (error instanceof InvalidCredentialsError) return false;
        throw error;
      }
    },
    async groupsOf(account, distinguishedName) {
      const filter = new OrFilter({
        filters: [
          new EqualityFilter({ attribute: "member", value: distinguishedName }),
          new EqualityFilter({ attribute: "uniqueMember", value: distinguishedName }),
          new EqualityFilter({ attribute: "memberUid", value: account }),
        ],
      });
      const { searchEntries } = await client.search(options.baseDn, { filter, attributes: ["cn"] });
      return searchEntries.length;
    },
  };
}

/** Things that one at a time may use, and the line before them. */
export class Turns<T> {
  readonly #free: T[];
  readonly #waiting: ((thing: T) => void)[] = [];

  constructor(things: readonly T[]) {
    this.#free = [...things];
  }

  async with<Result>(use: (thing: T) => Promise<Result>): Promise<Result> {
    const thing = this.#free.pop() ?? (await new Promise<T>((resolve) => this.#waiting.push(resolve)));
    try {
      return await use(thing);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(thing);
      else next(thing);
    }
  }
}
