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

export interface DecodedEntry {
  /** With what was sent of each attribute. */
  readonly entry: DirectoryEntry;
  readonly parts: readonly Part[];
}

export function decodeEntry({ dn, ...values }: Entry): DecodedEntry {
  const whole: [string, readonly Buffer[]][] = [];
  const ranges: Part[] = [];
  for (const [name, value] of Object.entries(values)) {
    // An attribute's options begin with the first semicolon, and are rare.
    const range = name.includes(";") ? ranged.exec(name) : null;
    if (range === null) whole.push([name, toBuffers(value)]);
    // What was asked for and not sent is there too, without values.
    else if (value.length > 0) ranges.push(partOf(range, value));
  }
  // A server that sends a part sends the attribute itself too, without values.
  for (const { attribute, values: sent } of ranges) whole.push([attribute, sent]);
  return { entry: new DirectoryEntry(dn, whole), parts: ranges.filter(({ next }) => next !== undefined) };
}

/** The request for the rest of an attribute. */
export function rangeFrom(attribute: string, next: number): string {
  return `${attribute};range=${next}-*`;
}

function partOf([, attribute = "", end = "*"]: RegExpExecArray, value: Entry[string]): Part {
  return { attribute, values: toBuffers(value), ...(end === "*" ? {} : { next: Number(end) + 1 }) };
}

function toBuffers(value: Entry[string]): readonly Buffer[] {
  if (Buffer.isBuffer(value)) return [value];
  const all = Array.isArray(value) ? value : [value];
  return all.map((one: Buffer | string) => (typeof one === "string" ? Buffer.from(one, "utf8") : one));
}
