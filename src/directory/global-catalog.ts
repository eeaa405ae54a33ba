/**
 * The global catalog: one place that knows who is in which domain of a forest.
 *
 * It holds few attributes of everybody and checks no passwords for us: it only tells a distinguished name, and with it the home
 * domain, whose own controllers are asked for the rest.
 *
 * @see MS-ADTS 3.1.1.1.8 — global catalog; 3.1.1.3.1.10 — its ports
 * @module
 */

import type { AccountName } from "../login/account-name.ts";
import type { Deadline } from "../login/deadline.ts";
import type { ControllerName, FindOutcome } from "../login/ports.ts";
import { accountFilters } from "./accounts/account.ts";
import type { Naming } from "./accounts/account.ts";
import type { Controllers } from "./controllers/controllers.ts";
import type { Domain } from "./domain.ts";
import { isBelow, parseDistinguishedName } from "./ldap/distinguished-name.ts";
import type { DistinguishedName } from "./ldap/distinguished-name.ts";

/** An account's own name is unique in its domain only, so there may be one in each; more than this are more than one anyhow. */
const entriesMax = 64;

interface Home {
  readonly distinguishedName: string;
  readonly domain: Domain;
}

export type Find = (name: AccountName, deadline: Deadline, on?: ControllerName) => Promise<FindOutcome>;

/**
 * @param naming  With the implicit suffixes of every domain.
 * @param domains  Somebody who is in none of them is nobody here.
 */
export function createCatalogSearch(
  controllers: Controllers,
  naming: Naming,
  domains: readonly Domain[],
): Find {
  const bases = domains.map((domain) => ({ domain, base: mustParse(domain.parts.baseDn) }));

  return async (name, deadline, on) => {
    for (const { filter, suffix } of accountFilters(name, naming)) {
      const outcome = await controllers.search(
        // RFC 4511 §4.5.1.1 has no name for the whole forest; the catalog's ports take the empty one.
        { base: "", scope: "sub", filter, attributes: ["1.1"], entriesMax },
        deadline,
      );
      if (outcome.kind === "failed") return { kind: "unavailable", fault: "directory_unreachable" };
      const homes = outcome.entries.flatMap((entry) => homeOf(entry.distinguishedName, suffix));
      const [home, another] = homes;
      if (another !== undefined) return { kind: "several" };
      if (home !== undefined) return home.domain.read(home.distinguishedName, deadline, on);
    }
    return { kind: "none" };
  };

  function homeOf(distinguishedName: string, suffix: string | undefined): readonly Home[] {
    const parsed = parseDistinguishedName(distinguishedName);
    const home = parsed === undefined ? undefined : bases.find(({ base }) => isBelow(parsed, base));
    const isHere = suffix === undefined || home?.domain.parts.naming.implicitSuffixes.has(suffix) === true;
    return home !== undefined && isHere ? [{ distinguishedName, domain: home.domain }] : [];
  }
}

function mustParse(baseDn: string): DistinguishedName {
  const parsed = parseDistinguishedName(baseDn);
  if (parsed === undefined) throw new Error("a base is not a distinguished name");
  return parsed;
}
