/**
 * Under which name somebody is kept, and whether they are at all.
 *
 * @module
 */

import type { AccountName } from "../../login/account-name.ts";
import type { Identity } from "../../login/identity.ts";

export interface CacheRules {
  /** Since a directory last let somebody in. */
  readonly maxAgeMs: number;
  /** `exact`: as it was typed. `folded`: in any case and width. */
  readonly names: "exact" | "folded";
  /** Who is in a group of such a name is not kept; `*` stands for any characters. */
  readonly excludeGroups: readonly string[];
}

export function cachedName({ text }: AccountName, names: CacheRules["names"]): string {
  return `${names} name ${names === "exact" ? text : text.trim().normalize("NFKC").toLowerCase()}`;
}

/** Whose groups are not all known might be an administrator. */
export function mayBeCached({ groups, groupsRead }: Identity, { excludeGroups }: CacheRules): boolean {
  if (excludeGroups.length === 0) return true;
  const patterns = excludeGroups.map(patternOf);
  return (
    groupsRead === "complete" && !groups.some(({ name }) => patterns.some((pattern) => pattern.test(name)))
  );
}

function patternOf(glob: string): RegExp {
  return new RegExp(
    `^${glob
      .split("*")
      .map((part) => RegExp.escape(part))
      .join(".*")}$`,
    "isu",
  );
}
