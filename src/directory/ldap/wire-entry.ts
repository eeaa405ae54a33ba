/**
 * Entries as the LDAP library hands them over, and attributes of which a server sent only a part.
 *
 * @see MS-ADTS 3.1.1.3.1.3.3 — range retrieval: `member;range=0-1499` holds the first of more values
 * @module
 */

import type { Entry } from "ldapts";
import { DirectoryEntry } from "./entry.ts";

/** The library takes what is not listed here for text, by the spelling of the server, which nobody knows beforehand. */
class EveryAttribute extends Array<string> {
  override includes(): boolean {
    return true;
  }
}

export const asBytes: string[] = new EveryAttribute();

/** An attribute's values so far, and where the rest begins. */
export interface Part {
  readonly attribute: string;
  readonly values: readonly Buffer[];
  /** Absent with the last part. */
  readonly next?: number;
}

const ranged = /^(.+);range=\d+-(\d+|\*)$/i;

/** @returns the entry with what was sent of each attribute, and what of it is not all. */
export function decodeEntry(entry: Entry): {
  readonly entry: DirectoryEntry;
  readonly parts: readonly Part[];
} {
  const all = Object.entries(entry).flatMap(([name, value]) => (name === "dn" ? [] : [partOf(name, value)]));
  // A server that sends a part sends the attribute itself too, without values.
  const merged = new Map<string, readonly Buffer[]>();
  for (const { attribute, values } of all) {
    const key = attribute.toLowerCase();
    merged.set(key, [...(merged.get(key) ?? []), ...values]);
  }
  return {
    entry: new DirectoryEntry(entry.dn, merged),
    parts: all.filter(({ next }) => next !== undefined),
  };
}

/** The request for the rest of an attribute. */
export function rangeFrom(attribute: string, next: number): string {
  return `${attribute};range=${next}-*`;
}

function partOf(name: string, value: Entry[string]): Part {
  const values = toBuffers(value);
  const [, attribute = name, end = "*"] = ranged.exec(name) ?? [];
  return { attribute, values, ...(end === "*" ? {} : { next: Number(end) + 1 }) };
}

function toBuffers(value: Entry[string]): readonly Buffer[] {
  const all = Array.isArray(value) ? value : [value];
  return all.map((one: Buffer | string) => (typeof one === "string" ? Buffer.from(one, "utf8") : one));
}
