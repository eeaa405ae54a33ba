/**
 * Which of a person's groups an application gets to know.
 *
 * Whether the person is in a group through another one does not depend on it: what is left out is left out at the end.
 *
 * @module
 */

import type { Group } from "../../login/identity.ts";
import { isBelow, parseDistinguishedName } from "../ldap/distinguished-name.ts";
import type { DistinguishedName } from "../ldap/distinguished-name.ts";

export interface GroupFilterOptions {
  /** Patterns of names, `*` for any characters, in any case. Everything where it is absent. */
  readonly include?: readonly string[];
  /** As `include`; wins over it. */
  readonly exclude?: readonly string[];
  /** Names of places, one of which a group has to be below. Anywhere where it is absent. */
  readonly below?: readonly string[];
}

export type GroupFilter = (group: Group) => boolean;

/** @throws {Error} for a place that is no distinguished name. */
export function createGroupFilter({ include, exclude = [], below }: GroupFilterOptions): GroupFilter {
  const included = include?.map(namePattern);
  const excluded = exclude.map(namePattern);
  const places = below?.map(mustParse);
  return (group) => {
    const name = group.name.toLowerCase();
    if (excluded.some((matches) => matches(name))) return false;
    if (included !== undefined && !included.some((matches) => matches(name))) return false;
    return places === undefined || isBelowAny(group, places);
  };
}

function isBelowAny({ distinguishedName }: Group, places: readonly DistinguishedName[]): boolean {
  // A group of another domain is known by its identifier alone: nobody can say where it is.
  const name = distinguishedName === undefined ? undefined : parseDistinguishedName(distinguishedName);
  return name !== undefined && places.some((place) => isBelow(name, place));
}

/** Takes time in proportion to the name, whatever the pattern: each piece is looked for once, from left to right. */
function namePattern(pattern: string): (name: string) => boolean {
  const [start = "", ...pieces] = pattern.toLowerCase().split("*");
  const end = pieces.pop();
  if (end === undefined) return (name) => name === start;
  return (name) => {
    if (!name.startsWith(start)) return false;
    let at = start.length;
    for (const piece of pieces) {
      const found = name.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return name.length - end.length >= at && name.endsWith(end);
  };
}

function mustParse(text: string): DistinguishedName {
  const name = parseDistinguishedName(text);
  if (name === undefined || name.length === 0) throw new Error("groups.below: not a distinguished name");
  return name;
}
