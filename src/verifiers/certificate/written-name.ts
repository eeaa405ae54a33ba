/**
 * Distinguished names of certificates as text, in the two ways in which others write them.
 *
 * @module
 */

import { decodeText } from "./der.ts";
import { decodeName } from "./name.ts";
import type { NamePart } from "./name.ts";

/** As OpenSSL and RFC 4514 call them, and as Windows does. */
const shortNames: ReadonlyMap<string, readonly [rfc: string, windows: string]> = new Map([
  ["2.5.4.3", ["CN", "CN"]],
  ["2.5.4.4", ["SN", "SN"]],
  ["2.5.4.5", ["serialNumber", "SERIALNUMBER"]],
  ["2.5.4.6", ["C", "C"]],
  ["2.5.4.7", ["L", "L"]],
  ["2.5.4.8", ["ST", "S"]],
  ["2.5.4.9", ["street", "STREET"]],
  ["2.5.4.10", ["O", "O"]],
  ["2.5.4.11", ["OU", "OU"]],
  ["2.5.4.12", ["title", "T"]],
  ["2.5.4.42", ["GN", "G"]],
  ["0.9.2342.19200300.100.1.1", ["UID", "OID.0.9.2342.19200300.100.1.1"]],
  ["0.9.2342.19200300.100.1.25", ["DC", "DC"]],
  ["1.2.840.113549.1.9.1", ["emailAddress", "E"]],
]);

/**
 * As Windows writes it into `altSecurityIdentities`: the most general part first, special values in quotes.
 *
 * @returns undefined where a value is no text that we read.
 * @see MS-PKCA 3.1.5.2.1.2 — the strings of an explicit mapping
 */
export function windowsName(der: Buffer): string | undefined {
  return joined(decodeName(der), ({ type, value }) => {
    const text = decodeText(value);
    return text === undefined ? undefined : `${shortNames.get(type)?.[1] ?? `OID.${type}`}=${quoted(text)}`;
  });
}

/**
 * The most specific part first. Values with characters that would have to be escaped are none that a pattern is compared with.
 *
 * @returns undefined where there is such a value.
 * @see RFC 4514 §2
 */
export function plainName(der: Buffer): string | undefined {
  return joined(decodeName(der).toReversed(), ({ type, value }) => {
    const text = decodeText(value);
    if (text === undefined || /[\p{Cc},+"\\<>;=#]|^\s|\s$/u.test(text)) return undefined;
    return `${shortNames.get(type)?.[0] ?? type}=${text}`;
  });
}

function joined(
  name: readonly (readonly NamePart[])[],
  write: (part: NamePart) => string | undefined,
): string | undefined {
  const steps = name.map((step) => step.map(write));
  return steps.flat().includes(undefined) ? undefined : steps.map((step) => step.join("+")).join(",");
}

function quoted(text: string): string {
  return /[,+="\n<>#;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
