/**
 * Several domains that people log in against as one: which of them a name belongs to.
 *
 * - `DOMAIN\user` belongs to the domain of that name.
 * - Where there is a global catalog, it tells for every other name who that is, in the whole forest.
 * - Without one, or while it does not answer, `user@suffix` is searched in the domains that have the suffix, and any other name in
 *   all of them at once.
 *
 * A name that two people have is nobody's. While one of the domains cannot be asked, whoever is found in another may log in: it is
 * the password that tells who is right. Where there is none, whoever else may be meant must be known; only a SID is nobody else's.
 *
 * @module
 */

import type { AccountKey } from "../login/account-key.ts";
import type { AccountName } from "../login/account-name.ts";
import type { Deadline } from "../login/deadline.ts";
import type { ControllerName, FindOutcome } from "../login/ports.ts";
import type { Domain } from "./domain.ts";
import type { Find } from "./global-catalog.ts";

export function createForestSearch(domains: readonly Domain[], askCatalog: Find | undefined): Find {
  const hasDownLevelNames = domains.some(({ parts }) => parts.downLevelNames.size > 0);

  return async (name, deadline, on) => {
    // Without domain names a backslash is a character like any other.
    if (name.form === "down_level" && !hasDownLevelNames) {
      return searchAll(domains, { form: "plain", text: name.text }, deadline, on);
    }
    if (name.form !== "down_level" && askCatalog !== undefined) {
      const found = await askCatalog(name, deadline, on);
      if (found.kind !== "unavailable") return found;
    }
    return searchAll(domainsOf(name), name, deadline, on);
  };

  function domainsOf(name: AccountName): readonly Domain[] {
    switch (name.form) {
      case "plain":
        return domains;
      case "down_level":
        return domains.filter(({ parts }) => parts.downLevelNames.has(name.domain.toLowerCase()));
      case "principal": {
        const having = domains.filter(({ parts }) => parts.suffixes.has(name.suffix.toLowerCase()));
        return having.length > 0 ? having : domains;
      }
    }
  }
}

/** As `Directory.findAccountBy`. */
export async function findByKey(
  domains: readonly Domain[],
  key: AccountKey,
  deadline: Deadline,
): Promise<FindOutcome> {
  for (const rank of [0, 1]) {
    const outcomes = await Promise.all(domains.map((domain) => domain.findBy(key, rank, deadline)));
    const [found, another] = outcomes.filter(({ kind }) => kind === "found" || kind === "several");
    if (another !== undefined) return { kind: "several" };
    const unavailable = outcomes.find(({ kind }) => kind === "unavailable");
    const isUnique = key.by === "sid" || key.by === "subject";
    const end = isUnique ? (found ?? unavailable) : (unavailable ?? found);
    if (end !== undefined) return end;
  }
  return { kind: "none" };
}

async function searchAll(
  domains: readonly Domain[],
  name: AccountName,
  deadline: Deadline,
  on: ControllerName | undefined,
): Promise<FindOutcome> {
  const outcomes = await Promise.all(domains.map((domain) => domain.find(name, deadline, on)));
  const [found, another] = outcomes.filter(({ kind }) => kind === "found" || kind === "several");
  if (another !== undefined) return { kind: "several" };
  return found ?? outcomes.find(({ kind }) => kind === "unavailable") ?? { kind: "none" };
}
