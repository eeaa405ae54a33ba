/**
 * Which groups an account is in, directly and through others.
 *
 * Reading them has a time of its own: where it is over, or there are too many, the login goes on with what was read, and says that
 * it is incomplete.
 *
 * @module
 */

import { createMemberOfReader } from "./member-of.ts";
import type { GroupReader, GroupReaderOptions } from "./read-groups.ts";
import { createTokenGroupsReader } from "./token-groups.ts";

export function createGroupReader(options: GroupReaderOptions, timeoutMs: number): GroupReader {
  const read =
    options.preset.groups === "token_groups"
      ? createTokenGroupsReader(options)
      : createMemberOfReader(options);
  return (account, deadline) => read(account, deadline.sooner(timeoutMs));
}
