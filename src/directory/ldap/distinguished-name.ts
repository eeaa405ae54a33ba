/**
 * Distinguished names, taken apart: only so can two spellings of one name be told to be the same.
 *
 * @see RFC 4514 — the text form; §2.4 its escapes, §3 its grammar
 * @module
 */

/** Most specific part first, as in the text. */
export type DistinguishedName = readonly RelativeName[];

/** Never empty; almost always one assertion. */
export type RelativeName = readonly NameAssertion[];

export interface NameAssertion {
  /** As it was spelled; compared without regard to case. */
  readonly attribute: string;
  readonly value: string;
}

const textLengthMax = 16_384;
const attributePattern = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)$/;
const hexPair = /^[0-9A-Fa-f]{2}$/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Also takes what servers and people write beyond the grammar: spaces around `,`, `+` and `=`.
 *
 * @returns undefined for what is no distinguished name, or longer than 16,384 characters. Of the `#` form, values that are strings.
 */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  if (text.length > textLengthMax) return undefined;
  if (/^ *$/.test(text)) return [];
  const names: NameAssertion[][] = [[]];
  let rest = text;
  for (;;) {
    const equals = rest.indexOf("=");
    const attribute = rest.slice(0, Math.max(0, equals)).trim();
    if (!attributePattern.test(attribute)) return undefined;
    const read = readValue(rest.slice(equals + 1));
    if (read === undefined) return undefined;
    names.at(-1)?.push({ attribute, value: read.value });
    if (read.separator === "") return names;
    if (read.separator === ",") names.push([]);
    rest = read.rest;
  }
}

/** In the form of RFC 4514, every special character escaped; parsing it gives the same name again. */
export function formatDistinguishedName(name: DistinguishedName): string {
  const formatAssertion = ({ attribute, value }: NameAssertion): string =>
    `${attribute}=${escapeValue(value)}`;
  return name.map((relative) => relative.map(formatAssertion).join("+")).join(",");
}

/** Whether this is the base itself, or somewhere below it. */
export function isBelow(name: DistinguishedName, base: DistinguishedName): boolean {
  if (name.length < base.length) return false;
  const end = name.slice(name.length - base.length);
  return keyOf(end) === keyOf(base);
}

/** The same for every spelling of one name: case, spaces and the order of assertions do not count. @see RFC 4518 §2 */
export function keyOf(name: DistinguishedName): string {
  const keys = name.map((relative) =>
    relative
      .map(({ attribute, value }) => ({ attribute: attribute.toLowerCase(), value: fold(value) }))
      .map((assertion) => formatDistinguishedName([[assertion]]))
      .toSorted()
      .join("+"),
  );
  return keys.join(",");
}

function fold(value: string): string {
  return value.normalize("NFKC").toLowerCase().trim().replaceAll(/ +/g, " ");
}

/** People may be in one branch, groups and policies are all over the domain; its name is the `DC=` end of every name in it. */
export function domainRootOf(baseDn: string): string {
  return /(?:^|,)\s*(dc=.*)$/i.exec(baseDn)?.[1] ?? baseDn;
}

/** `DC=example,DC=test` at the end as `example.test`; empty where there is none. @see RFC 2247 */
export function dnsDomainOf(name: DistinguishedName): string {
  const labels: string[] = [];
  for (const [assertion, another] of name.toReversed()) {
    if (assertion?.attribute.toLowerCase() !== "dc" || another !== undefined) break;
    labels.unshift(assertion.value);
  }
  return labels.join(".");
}

interface ReadValue {
  readonly value: string;
  /** What ended it; empty at the end of the text. */
  readonly separator: "," | "+" | "";
  readonly rest: string;
}

function readValue(text: string): ReadValue | undefined {
  const start = text.replace(/^ +/, "");
  if (start.startsWith("#")) return readHexString(start);
  const bytes: Buffer[] = [];
  /** How much of it stands before spaces that belong to no value. */
  let kept = 0;
  for (let index = 0; index < start.length;) {
    const character = String.fromCodePoint(start.codePointAt(index) ?? 0);
    if (character === "," || character === "+") {
      return valueOf(bytes.slice(0, kept), character, start.slice(index + 1));
    }
    if (character === '"' || character === ";") return undefined;
    const escaped = character === "\\" ? readEscape(start.slice(index + 1, index + 3)) : undefined;
    if (character === "\\" && escaped === undefined) return undefined;
    bytes.push(escaped?.bytes ?? Buffer.from(character));
    if (escaped !== undefined || character !== " ") kept = bytes.length;
    index += character.length + (escaped?.length ?? 0);
  }
  return valueOf(bytes.slice(0, kept), "", "");
}

function readEscape(next: string): { readonly bytes: Buffer; readonly length: number } | undefined {
  if (hexPair.test(next)) return { bytes: Buffer.from(next, "hex"), length: 2 };
  const character = next.slice(0, 1);
  return /[ "#+,;<=>\\]/.test(character) ? { bytes: Buffer.from(character), length: 1 } : undefined;
}

/** Tags of OctetString, UTF8String, PrintableString, IA5String. @see X.690 §8.23 */
const stringTags = new Set([0x04, 0x0c, 0x13, 0x16]);

function readHexString(text: string): ReadValue | undefined {
  const [, digits = "", separator = ""] = /^#((?:[0-9A-Fa-f]{2})+) *(?:([,+])|$)/.exec(text) ?? [];
  const [tag = 0, length, ...content] = Buffer.from(digits, "hex");
  if (!stringTags.has(tag) || length !== content.length || length > 127) return undefined;
  const rest = separator === "" ? "" : text.slice(text.indexOf(separator) + 1);
  return valueOf([Buffer.from(content)], separator === "," || separator === "+" ? separator : "", rest);
}

function valueOf(
  bytes: readonly Buffer[],
  separator: ReadValue["separator"],
  rest: string,
): ReadValue | undefined {
  try {
    return { value: utf8.decode(Buffer.concat(bytes)), separator, rest };
  } catch {
    return undefined;
  }
}

function escapeValue(value: string): string {
  return value.replaceAll(/[\\"+,;<>=\0]|^[ #]| $/g, (special) =>
    special === "\0" ? "\\00" : `\\${special}`,
  );
}
