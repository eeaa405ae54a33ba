/**
 * Groups on Active Directory: the controller works them all out, nested ones and the primary group included, in one read.
 *
 * It yields security identifiers; their names come from a bounded cache, and from one search for many that are not in it.
 *
 * @see MS-ADTS 3.1.1.4.5.19 — tokenGroups
 * @module
 */

import { createHash } from "node:crypto";
import type { Deadline } from "../../login/deadline.ts";
import type { Group } from "../../login/identity.ts";
import type { ControllerName } from "../../login/ports.ts";
import type { FoundAccount } from "../accounts/account.ts";
import type { Controllers } from "../controllers/controllers.ts";
import { domainRootOf } from "../ldap/distinguished-name.ts";
import { equals, or, present } from "../ldap/filter.ts";
import { memberOfAttribute, primaryGroupAttribute } from "../preset.ts";
import { GroupCache } from "./group-cache.ts";
import type { GroupReader, GroupReaderOptions, GroupsOutcome } from "./read-groups.ts";
import { withoutGroups } from "./read-groups.ts";
import { decodeSid } from "../ldap/sid.ts";

const tokenGroups = "tokenGroups";
const objectSid = "objectSid";
/** Names asked for in one search. */
const batchMax = 50;

/** People whose groups are believed for a while, as long as the groups that they are in directly stay the same. */
const membershipsMax = 2_000;

export function createTokenGroupsReader(options: GroupReaderOptions): GroupReader {
  const { controllers, preset, groupsMax } = options;
  const cache = new GroupCache<Group>(options.ageMaxMs, options.now);
  /** Working groups out costs a controller far more than telling which ones somebody is in directly. */
  const memberships = new GroupCache<readonly Buffer[]>(options.ageMaxMs, options.now, membershipsMax);
  const domainDn = domainRootOf(options.baseDn);

  return async (account: FoundAccount, deadline: Deadline): Promise<GroupsOutcome> => {
    const membership = membershipOf(account);
    const known = memberships.get(membership);
    const read =
      known === undefined
        ? await readSids(controllers, account, deadline)
        : { all: known, on: account.controller };
    if ("kind" in read) return read;
    const { all } = read;
    if (known === undefined && all.length > 0) memberships.put(membership, all);
    const sids = new Map<string, Buffer>();
    for (const bytes of all.slice(0, groupsMax)) {
      const sid = decodeSid(bytes);
      if (sid !== undefined) sids.set(sid, bytes);
    }
    const unknown = [...sids].filter(([sid]) => cache.get(sid) === undefined);
    const named = await readNames(unknown, read.on, deadline);
    // Everybody has a primary group: none at all means that the service account may not read them.
    const isComplete = named && all.length > 0 && all.length === sids.size;
    return {
      kind: "read",
      // A group of another domain has no entry here; its identifier is as good a name.
      groups: [...sids.keys()].map((sid) => cache.get(sid) ?? { name: sid, sid }),
      groupsRead: isComplete ? "complete" : "incomplete",
    };
  };

  /** @returns false when some could not be read. */
  async function readNames(
    sids: readonly (readonly [sid: string, bytes: Buffer])[],
    controller: ControllerName,
    deadline: Deadline,
  ): Promise<boolean> {
    for (let start = 0; start < sids.length; start += batchMax) {
      const batch = sids.slice(start, start + batchMax);
      const outcome = await controllers.search(
        {
          base: domainDn,
          scope: "sub",
          filter: or(batch.map(([, bytes]) => equals(objectSid, bytes))),
          attributes: [objectSid, preset.groupNameAttribute],
          entriesMax: batch.length,
        },
        deadline,
        controller,
      );
      if (outcome.kind === "failed") return false;
      for (const [sid] of batch) cache.put(sid, { name: sid, sid });
      for (const entry of outcome.entries) {
        const [bytes] = entry.bytes(objectSid);
        const sid = bytes === undefined ? undefined : decodeSid(bytes);
        const name = entry.text(preset.groupNameAttribute);
        if (sid === undefined || name === undefined) continue;
        cache.put(sid, { name, sid, distinguishedName: entry.distinguishedName });
      }
    }
    return true;
  }
}

async function readSids(
  controllers: Controllers,
  account: FoundAccount,
  deadline: Deadline,
): Promise<{ readonly all: readonly Buffer[]; readonly on: ControllerName } | GroupsOutcome> {
  const request = {
    base: account.distinguishedName,
    scope: "base",
    filter: present("objectClass"),
    attributes: [tokenGroups],
    entriesMax: 1,
  } as const;
  const outcome = await controllers.search(request, deadline, account.controller);
  if (outcome.kind === "failed") return withoutGroups(outcome.why);
  return { all: outcome.entries[0]?.bytes(tokenGroups) ?? [], on: outcome.controller.name };
}

/** Changes with whatever an administrator changes about the account's own groups. */
function membershipOf({ distinguishedName, entry }: FoundAccount): string {
  const direct = [entry.text(primaryGroupAttribute) ?? "", ...entry.texts(memberOfAttribute)];
  return createHash("sha256")
    .update([distinguishedName, ...direct].join("\0"))
    .digest("base64");
}
