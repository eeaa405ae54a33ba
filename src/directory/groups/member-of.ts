/**
 * Groups on other directories: from the account's `memberOf` upwards, one read for each group that is not in the cache.
 *
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";
import type { Group } from "../../login/identity.ts";
import type { ControllerName } from "../../login/ports.ts";
import type { FoundAccount } from "../accounts/account.ts";
import type { FailureReason } from "../directory-options.ts";
import { present } from "../ldap/filter.ts";
import { GroupCache } from "./group-cache.ts";
import { memberOfAttribute } from "../preset.ts";
import type { GroupReader, GroupReaderOptions, GroupsOutcome } from "./read-groups.ts";
import { withoutGroups } from "./read-groups.ts";

/** Groups in groups in groups; real directories stay below ten. */
const depthMax = 16;
const readsAtOnceMax = 8;

interface ReadGroup {
  readonly group: Group;
  /** The groups that it is in, by distinguished name. */
  readonly parents: readonly string[];
}

type GroupOutcome =
  | { readonly kind: "group"; readonly read: ReadGroup }
  | { readonly kind: "failed"; readonly why: FailureReason | undefined };

export function createMemberOfReader(options: GroupReaderOptions): GroupReader {
  const { controllers, preset, groupsMax } = options;
  const cache = new GroupCache<ReadGroup>(options.ageMaxMs, options.now);

  return async (account: FoundAccount, deadline: Deadline): Promise<GroupsOutcome> => {
    const groups: Group[] = [];
    // Also what makes a circle of groups end.
    const seen = new Set<string>();
    let isComplete = true;
    let level = account.entry.texts(memberOfAttribute);
    for (let depth = 0; level.length > 0; depth += 1) {
      const fresh = level.filter((dn) => !seen.has(keyOf(dn)) && seen.add(keyOf(dn)));
      const room = depth < depthMax ? groupsMax - groups.length : 0;
      if (fresh.length > room) isComplete = false;
      const parents: string[] = [];
      for (let start = 0; start < Math.min(fresh.length, room); start += readsAtOnceMax) {
        const batch = fresh.slice(start, Math.min(start + readsAtOnceMax, room));
        const outcomes = await Promise.all(batch.map((dn) => readGroup(dn, account.controller, deadline)));
        for (const outcome of outcomes) {
          if (outcome.kind === "group") {
            groups.push(outcome.read.group);
            parents.push(...outcome.read.parents);
            continue;
          }
          if (withoutGroups(outcome.why).kind === "failed") return { kind: "failed" };
          isComplete = false;
        }
      }
      level = parents;
    }
    return { kind: "read", groups, groupsRead: isComplete ? "complete" : "incomplete" };
  };

  async function readGroup(
    distinguishedName: string,
    controller: ControllerName,
    deadline: Deadline,
  ): Promise<GroupOutcome> {
    const cached = cache.get(keyOf(distinguishedName));
    if (cached !== undefined) return { kind: "group", read: cached };
    const outcome = await controllers.search(
      {
        base: distinguishedName,
        scope: "base",
        filter: present("objectClass"),
        attributes: [preset.groupNameAttribute, memberOfAttribute],
        entriesMax: 1,
      },
      deadline,
      controller,
    );
    if (outcome.kind === "failed") return outcome;
    const [entry] = outcome.entries;
    const name = entry?.text(preset.groupNameAttribute);
    if (entry === undefined || name === undefined) return { kind: "failed", why: "result_code" };
    const read = { group: { name, distinguishedName }, parents: entry.texts(memberOfAttribute) };
    cache.put(keyOf(distinguishedName), read);
    return { kind: "group", read };
  }
}

/** Servers repeat a name as they store it, so folding case is all that two spellings of one need. */
function keyOf(distinguishedName: string): string {
  return distinguishedName.toLowerCase();
}
