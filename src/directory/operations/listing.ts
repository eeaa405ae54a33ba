/**
 * People or groups whose name begins with a text, page by page.
 *
 * Directories sort by themselves only where somebody set an index up for it, and their page cookies hold on one connection. So the
 * names of all matches are read, sorted here, and only the entries of the page asked for are read whole: any replica serves any page.
 *
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";
import type { Group } from "../../login/identity.ts";
import { refused } from "../../login/operation.ts";
import type { FoundPerson, Listing, OperationEnd, OperationResult, Page } from "../../login/operation.ts";
import type { OperatorEnd, VerifierContext } from "../../login/ports.ts";
import { unavailable } from "../../login/verdict.ts";
import type { Domain } from "../domain.ts";
import type { GroupFilter } from "../groups/group-filter.ts";
import { domainRootOf } from "../ldap/distinguished-name.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { and, equals, or, present, startsWith } from "../ldap/filter.ts";
import type { LdapFilter } from "../ldap/filter.ts";
import type { Preset } from "../preset.ts";
import { subjectOf, sidOf } from "../profile/identity.ts";

export interface ListingDeps {
  readonly domains: readonly Domain[];
  readonly preset: Preset;
  readonly isGroupTold: GroupFilter;
  /** An entry as a search shows it; undefined where it has no stable id or no name. */
  readonly personOf: (entry: DirectoryEntry) => FoundPerson | undefined;
}

/** Of one domain; a longer text finds the rest. */
const matchesMax = 10_000;
/** Of a page as JSON, so that it fits into one message beside what is around it. */
const pageBytesMax = 40_000;
const batchMax = 50;
const cursorPartMax = 120;

/** What a match is sorted by, and found by again. */
interface Match {
  readonly key: string;
  readonly name: string;
  readonly domain: Domain;
}

type Found<Item> =
  | { readonly kind: "page"; readonly items: readonly Item[]; readonly page: Page }
  | { readonly kind: "end"; readonly end: OperationEnd };

export function createListing(
  deps: ListingDeps,
): (listing: Listing, context: VerifierContext) => Promise<OperatorEnd> {
  return async (listing, context) => {
    context.report("searching");
    const kind = listing.method === "users.search" ? peopleOf(deps) : groupsOf(deps);
    const found = await readPage(deps, listing, kind, context.deadline);
    if (found.kind === "end") return found.end;
    return { outcome: "done", result: kind.result(found.items, found.page) };
  };
}

/** One kind of entry that is listed. */
interface ListedKind<Item> {
  readonly filter: LdapFilter;
  readonly base: (domain: Domain) => string;
  /** The name that is unique in a domain, and sorted by. */
  readonly nameAttribute: string;
  /** What a text is compared with. */
  readonly searched: readonly string[];
  readonly attributes: (domain: Domain) => readonly string[];
  readonly itemOf: (entry: DirectoryEntry) => Item | undefined;
  readonly result: (items: readonly (FoundPerson | Group)[], page: Page) => OperationResult;
}

function peopleOf({ preset, personOf }: ListingDeps): ListedKind<FoundPerson | Group> {
  const { nameAttribute, names } = preset;
  const searched = [...names.plain, ...names.principal, "displayName", "givenName", "sn", "mail", "cn"];
  return {
    filter: and([...preset.isAccount, present(nameAttribute)]),
    base: ({ parts }) => parts.baseDn,
    nameAttribute,
    searched: [...new Set(searched)],
    attributes: ({ parts }) => parts.attributes,
    itemOf: personOf,
    result: (items, page) => ({
      kind: "people",
      people: items.filter((item) => "subjectId" in item),
      ...page,
    }),
  };
}

function groupsOf({ preset, isGroupTold }: ListingDeps): ListedKind<FoundPerson | Group> {
  const { groupNameAttribute, isGroup, sidAttribute } = preset;
  return {
    filter: and([or(isGroup), present(groupNameAttribute)]),
    base: ({ parts }) => domainRootOf(parts.baseDn),
    nameAttribute: groupNameAttribute,
    searched: [...new Set([groupNameAttribute, "cn"])],
    attributes: () => [groupNameAttribute, ...(sidAttribute === undefined ? [] : [sidAttribute])],
    itemOf(entry) {
      const name = entry.text(groupNameAttribute);
      const sid = sidOf(entry, preset);
      const { distinguishedName } = entry;
      if (name === undefined) return undefined;
      const group = { name, distinguishedName, ...(sid === undefined ? {} : { sid }) };
      return isGroupTold(group) ? group : undefined;
    },
    result: (items, page) => ({ kind: "groups", groups: items.filter((item) => "name" in item), ...page }),
  };
}

async function readPage<Item extends object>(
  deps: ListingDeps,
  { text, pageSize, cursor }: Listing,
  kind: ListedKind<Item>,
  deadline: Deadline,
): Promise<Found<Item>> {
  const after = cursor === undefined ? "" : Buffer.from(cursor, "base64url").toString("utf8");
  if (cursor !== undefined && cursorOf(after) !== cursor) return { kind: "end", end: refused("bad_cursor") };

  const matches: Match[] = [];
  let truncated = false;
  for (const domain of deps.domains) {
    const { nameAttribute } = kind;
    const filter =
      text === "" ? kind.filter : and([kind.filter, or(kind.searched.map((name) => startsWith(name, text)))]);
    const attributes = [nameAttribute, deps.preset.subjectIdAttribute];
    const request = {
      base: kind.base(domain),
      scope: "sub",
      filter,
      attributes,
      entriesMax: matchesMax,
    } as const;
    const outcome = await domain.parts.controllers.search(request, deadline);
    if (outcome.kind === "failed") return failed(outcome.why);
    truncated ||= outcome.more;
    for (const entry of outcome.entries) {
      const name = entry.text(nameAttribute);
      if (name !== undefined) matches.push({ key: keyOf(name, entry, deps.preset), name, domain });
    }
  }
  const rest = matches.filter(({ key }) => key > after).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const wanted = rest.slice(0, pageSize);
  const read = await readWhole(wanted, kind, deps.preset, deadline);
  if (read.kind === "failed") return failed(read.why);

  const items: Item[] = [];
  let last: string | undefined;
  let room = pageBytesMax;
  for (const { key } of wanted) {
    const item = read.items.get(key);
    room -= item === undefined ? 0 : Buffer.byteLength(JSON.stringify(item));
    if (room < 0 && items.length > 0) break;
    last = key;
    if (item !== undefined) items.push(item);
  }
  const isLast = last === undefined || last === rest.at(-1)?.key;
  return { kind: "page", items, page: { truncated, ...(isLast ? {} : { cursor: cursorOf(last ?? "") }) } };
}

type ReadOutcome<Item> =
  | { readonly kind: "read"; readonly items: ReadonlyMap<string, Item> }
  | { readonly kind: "failed"; readonly why: string | undefined };

/** Who has gone since the names were read is missing. */
async function readWhole<Item>(
  wanted: readonly Match[],
  kind: ListedKind<Item>,
  preset: Preset,
  deadline: Deadline,
): Promise<ReadOutcome<Item>> {
  const items = new Map<string, Item>();
  for (const domain of new Set(wanted.map((match) => match.domain))) {
    const names = wanted.filter((match) => match.domain === domain).map(({ name }) => name);
    for (let start = 0; start < names.length; start += batchMax) {
      const batch = names.slice(start, start + batchMax);
      const outcome = await domain.parts.controllers.search(
        {
          base: kind.base(domain),
          scope: "sub",
          filter: and([kind.filter, or(batch.map((name) => equals(kind.nameAttribute, name)))]),
          attributes: [...kind.attributes(domain), preset.subjectIdAttribute],
          // Names are unique where servers see to it; a few more do no harm.
          entriesMax: 2 * batchMax,
        },
        deadline,
      );
      if (outcome.kind === "failed") return outcome;
      for (const entry of outcome.entries) {
        const item = kind.itemOf(entry);
        const name = entry.text(kind.nameAttribute);
        if (item !== undefined && name !== undefined) items.set(keyOf(name, entry, preset), item);
      }
    }
  }
  return { kind: "read", items };
}

function failed(why: string | undefined): Found<never> {
  const fault = why === "result_code" ? "directory_refused" : "directory_unreachable";
  return { kind: "end", end: unavailable(fault) };
}

/** Short enough for a cursor, whatever somebody is called. */
function keyOf(name: string, entry: DirectoryEntry, preset: Preset): string {
  const id = subjectOf(entry, preset) ?? entry.distinguishedName;
  return `${name.toLowerCase().slice(0, cursorPartMax)}\0${id.slice(0, cursorPartMax)}`;
}

function cursorOf(key: string): string {
  return Buffer.from(key, "utf8").toString("base64url");
}
