/**
 * One domain: where its people are, which controllers know them, and what is done with one of its accounts.
 *
 * A directory that is no Active Directory is a single domain.
 *
 * @module
 */

import type { AccountKey } from "../login/account-key.ts";
import type { AccountName } from "../login/account-name.ts";
import type { Deadline } from "../login/deadline.ts";
import type { ControllerName, Directory, FindOutcome } from "../login/ports.ts";
import { keyFilters } from "./accounts/account-key.ts";
import { accountFilters, FoundAccount } from "./accounts/account.ts";
import type { Naming } from "./accounts/account.ts";
import type { Bind } from "./accounts/permitted-bind.ts";
import type { Controllers, FoundOutcome } from "./controllers/controllers.ts";
import type { GroupReader } from "./groups/read-groups.ts";
import { and } from "./ldap/filter.ts";

export interface DomainParts {
  readonly naming: Naming;
  /** Where its people are searched, and the only place from which anybody may log in. */
  readonly baseDn: string;
  /** What may stand before the backslash of `DOMAIN\user`, in lower case. */
  readonly downLevelNames: ReadonlySet<string>;
  /** What the domain itself is called, in lower case: its DNS name, and the NetBIOS name where it has one. */
  readonly ownNames: ReadonlySet<string>;
  /** What may follow the `@` of its people's principal names, in lower case; others may have it too. */
  readonly suffixes: ReadonlySet<string>;
  readonly controllers: Controllers;
  /** Attributes that the search for an account brings. */
  readonly attributes: readonly string[];
  readonly checkSuspicion: Directory["checkSuspicion"];
  readonly bind: Bind;
  readonly readGroups: GroupReader;
}

export class Domain {
  readonly parts: DomainParts;

  constructor(parts: DomainParts) {
    this.parts = parts;
  }

  /** @param on  Ask this controller first, where it is one of this domain's and answers. */
  async find(name: AccountName, deadline: Deadline, on?: ControllerName): Promise<FindOutcome> {
    const { baseDn: base, attributes, controllers } = this.parts;
    for (const { filter } of accountFilters(name, this.parts.naming)) {
      // Two are enough to know that it is not one.
      const request = { base, scope: "sub", filter, attributes, entriesMax: 2 } as const;
      const found = this.#accountOf(await controllers.search(request, deadline, on));
      if (found.kind !== "none") return found;
    }
    return { kind: "none" };
  }

  /** The account of this name, which another source told; `none` where there is no such account here. */
  async read(distinguishedName: string, deadline: Deadline, on?: ControllerName): Promise<FindOutcome> {
    const { naming, attributes, controllers } = this.parts;
    const filter = and(naming.preset.isAccount);
    const request = { base: distinguishedName, scope: "base", filter, attributes, entriesMax: 1 } as const;
    return this.#accountOf(await controllers.search(request, deadline, on));
  }

  /** @param rank  Which of the ways to find somebody by this key: the first is 0. */
  async findBy(key: AccountKey, rank: number, deadline: Deadline): Promise<FindOutcome> {
    const { baseDn: base, attributes, controllers, naming } = this.parts;
    if (key.by === "domain_name" && !this.parts.ownNames.has(key.domain.toLowerCase()))
      return { kind: "none" };
    const filter = keyFilters(key, naming)[rank];
    if (filter === undefined) return { kind: "none" };
    const request = { base, scope: "sub", filter, attributes, entriesMax: 2 } as const;
    return this.#accountOf(await controllers.search(request, deadline));
  }

  #accountOf(outcome: FoundOutcome): FindOutcome {
    if (outcome.kind === "failed") {
      const fault = outcome.why === "result_code" ? "directory_refused" : "directory_unreachable";
      return { kind: "unavailable", fault };
    }
    const [entry, another] = outcome.entries;
    if (another !== undefined) return { kind: "several" };
    if (entry === undefined) return { kind: "none" };
    const { naming, baseDn } = this.parts;
    const account = new FoundAccount(outcome.controller.name, entry, naming.preset, baseDn);
    return { kind: "found", account };
  }
}
