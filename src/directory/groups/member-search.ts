/**
 * Groups on OpenLDAP: who holds the account as a member, then who holds those groups, level by level.
 *
 * Works whatever kind of group it is and without an overlay that keeps `memberOf`. One search asks for the account's own groups at
 * each login; which groups a group is in is believed for a while, so that nesting costs nothing once it is known.
 *
 * @see RFC 4519 §3.5 groupOfNames, §3.6 groupOfUniqueNames; RFC 2307 §2.2 — posixGroup, memberUid, gidNumber
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";
import type { Group } from "../../login/identity.ts";
import type { ControllerName } from "../../login/ports.ts";
import type { FoundAccount } from "../accounts/account.ts";
import type { FailureReason } from "../directory-options.ts";
import { domainRootOf } from "../ldap/distinguished-name.ts";
import { and, equals, or } from "../ldap/filter.ts";
import type { LdapFilter } from "../ldap/filter.ts";
import { gidNumberAttribute } from "../preset.ts";
import type { Preset } from "../preset.ts";
import { GroupCache } from "./group-cache.ts";
import type { GroupReader, GroupReaderOptions } from "./read-groups.ts";
import { withoutGroups } from "./read-groups.ts";

/** Groups in groups in groups; real directories stay below ten. */
const depthMax = 16;
const searchesAtOnceMax = 8;

interface NamedGroup {
  /** The name in lower case: servers repeat it as they store it, so folding case is all that two spellings of one need. */
  readonly key: string;
  readonly distinguishedName: string;
  readonly group: Group;
}

type Holders =
  | { readonly kind: "groups"; readonly groups: readonly NamedGroup[]; readonly isComplete: boolean }
  | { readonly kind: "failed"; readonly why: FailureReason | undefined };

export function createMemberSearchReader(options: GroupReaderOptions): GroupReader {
  const { controllers, preset, groupsMax } = options;
  const base = domainRootOf(options.baseDn);
  const cache = new GroupCache<readonly NamedGroup[]>(options.ageMaxMs, options.now);

  return async (account, deadline) => {
    const own = await search(holdersOf(account, preset), account.controller, deadline);
    if (own.kind === "failed") return withoutGroups(own.why);
    // Also what makes a circle of groups end.
    const found = new Map<string, NamedGroup>();
    let { isComplete } = own;
    let level = own.groups;
    for (let depth = 0; level.length > 0; depth += 1) {
      const fresh: NamedGroup[] = [];
      for (const group of level) {
        if (found.has(group.key)) continue;
        if (found.size === groupsMax || depth === depthMax) {
          isComplete = false;
          break;
        }
        found.set(group.key, group);
        fresh.push(group);
      }
      const next: NamedGroup[] = [];
      const unknown = fresh.filter(({ key }) => {
        const known = cache.get(key);
        next.push(...(known ?? []));
        return known === undefined;
      });
      for (let start = 0; start < unknown.length; start += searchesAtOnceMax) {
        const batch = unknown.slice(start, start + searchesAtOnceMax);
        const all = await Promise.all(
          batch.map((group) => search(or(byName(group.distinguishedName)), account.controller, deadline)),
        );
        for (const [index, holders] of all.entries()) {
          if (holders.kind === "groups") next.push(...holders.groups);
          else if (withoutGroups(holders.why).kind === "failed") return { kind: "failed" };
          const key = batch[index]?.key;
          if (holders.kind === "failed" || !holders.isComplete) isComplete = false;
          else if (key !== undefined) cache.put(key, holders.groups);
        }
      }
      level = next;
    }
    return {
      kind: "read",
      groups: Array.from(found.values(), ({ group }) => group),
      groupsRead: isComplete ? "complete" : "incomplete",
    };
  };

  async function search(filter: LdapFilter, on: ControllerName, deadline: Deadline): Promise<Holders> {
    const { groupNameAttribute } = preset;
    // One more than are wanted tells that there are too many.
    const entriesMax = groupsMax + 1;
    const request = { base, scope: "sub", filter, attributes: [groupNameAttribute], entriesMax } as const;
    const outcome = await controllers.search(request, deadline, on);
    if (outcome.kind === "failed") return outcome;
    const groups = outcome.entries.flatMap((entry) => {
      const { distinguishedName } = entry;
      const name = entry.text(groupNameAttribute);
      if (name === undefined) return [];
      return [
        { key: distinguishedName.toLowerCase(), distinguishedName, group: { name, distinguishedName } },
      ];
    });
    const isComplete =
      groups.length === outcome.entries.length && !outcome.more && groups.length < entriesMax;
    return { kind: "groups", groups, isComplete };
  }
}

function holdersOf(account: FoundAccount, preset: Preset): LdapFilter {
  const uid = account.entry.text(preset.nameAttribute);
  const gid = account.entry.text(gidNumberAttribute);
  return or([
    ...byName(account.distinguishedName),
    ...(uid === undefined ? [] : [equals("memberUid", uid)]),
    // The primary group does not list those whose primary group it is.
    ...(gid === undefined
      ? []
      : [and([equals("objectClass", "posixGroup"), equals(gidNumberAttribute, gid)])]),
  ]);
}

function byName(distinguishedName: string): readonly LdapFilter[] {
  return [equals("member", distinguishedName), equals("uniqueMember", distinguishedName)];
}
