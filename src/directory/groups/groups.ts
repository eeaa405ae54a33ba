/**
 * Which groups an account is in, directly and through others.
 *
 * Reading them has a time of its own: where it is over, or there are too many, the login goes on with what was read, and says that
 * it is incomplete.
 *
 * @module
 */

import type { GroupFilter } from "./group-filter.ts";
import { createMemberOfReader } from "./member-of.ts";
import { createMemberSearchReader } from "./member-search.ts";
import type { Preset } from "../preset.ts";
import type { GroupReader, GroupReaderOptions } from "./read-groups.ts";
import { createTokenGroupsReader } from "./token-groups.ts";

const readers: Readonly<Record<Preset["groups"], (options: GroupReaderOptions) => GroupReader>> = {
  token_groups: createTokenGroupsReader,
  member_of: createMemberOfReader,
  member_search: createMemberSearchReader,
};

export function createGroupReader(
  options: GroupReaderOptions,
  timeoutMs: number,
  isTold: GroupFilter,
): GroupReader {
  const read = readers[options.preset.groups](options);
  return async (account, deadline) => {
    const outcome = await read(account, deadline.sooner(timeoutMs));
    return outcome.kind === "read" ? { ...outcome, groups: outcome.groups.filter(isTold) } : outcome;
  };
}
