/**
 * Names in certificates: distinguished names and the forms of a subject alternative name.
 *
 * @see RFC 5280 §4.1.2.4, §4.2.1.6, §7.1
 * @module
 */

import {
  constructedTag,
  contextTag,
  decodeOid,
  decodeText,
  DerError,
  DerReader,
  derTags,
  readDer,
  readSequence,
} from "./der.ts";
import type { DerValue } from "./der.ts";

/** One attribute of a distinguished name. */
export interface NamePart {
  readonly type: string;
  readonly value: DerValue;
}

/** Parts that stand together count as one step. In the order of the encoding: the most general first. */
export type DistinguishedName = readonly (readonly NamePart[])[];

export type GeneralName =
  | { readonly kind: "other"; readonly type: string; readonly value: DerValue }
  | { readonly kind: "mail" | "dns" | "uri"; readonly text: string }
  | { readonly kind: "directory"; readonly name: DistinguishedName }
  | { readonly kind: "address"; readonly bytes: Buffer }
  /** X.400, EDI, registered identifiers. */
  | { readonly kind: "unread"; readonly tag: number };

export const namePartOids = {
  commonName: "2.5.4.3",
  emailAddress: "1.2.840.113549.1.9.1",
} as const;

/** @see MS-WCCE 2.2.2.7.7.1 — szOID_NT_PRINCIPAL_NAME */
export const principalNameOid = "1.3.6.1.4.1.311.20.2.3";

export function decodeName(der: Buffer): DistinguishedName {
  return readSequence(der)
    .rest(derTags.set)
    .map(({ content }) =>
      new DerReader(content).rest(derTags.sequence).map((part) => {
        const reader = new DerReader(part.content);
        const type = decodeOid(reader.read(derTags.oid));
        const value = reader.read();
        reader.end();
        return { type, value };
      }),
    );
}

/** @param content  Of a sequence of general names, or of several general names in a context tag. */
export function decodeGeneralNames(content: Buffer): readonly GeneralName[] {
  return new DerReader(content).rest().map(decodeGeneralName);
}

export function decodeGeneralName({ tag, content }: DerValue): GeneralName {
  switch (tag) {
    case constructedTag(0): {
      const reader = new DerReader(content);
      const type = decodeOid(reader.read(derTags.oid));
      const value = readDer(reader.read(constructedTag(0)).content);
      reader.end();
      return { kind: "other", type, value };
    }
    case contextTag(1):
      return { kind: "mail", text: asciiOf(content) };
    case contextTag(2):
      return { kind: "dns", text: asciiOf(content) };
    case constructedTag(4):
      return { kind: "directory", name: decodeName(content) };
    case contextTag(6):
      return { kind: "uri", text: asciiOf(content) };
    case contextTag(7):
      return { kind: "address", bytes: content };
    default:
      return { kind: "unread", tag };
  }
}

/** Equal for names that differ in case, spaces or the kind of string alone. @see RFC 5280 §7.1 */
export function comparableSteps(name: DistinguishedName): readonly string[] {
  return name.map((step) =>
    step
      .map(({ type, value }) => `${type}=${comparableText(value)}`)
      .toSorted()
      .join("+"),
  );
}

function comparableText(value: DerValue): string {
  const text = decodeText(value);
  if (text === undefined) return `#${value.whole.toString("hex")}`;
  return JSON.stringify(text.normalize("NFKC").toLowerCase().trim().replaceAll(/\s+/g, " "));
}

/** A zero byte inside would make other programs see a shorter name. */
function asciiOf(content: Buffer): string {
  const text = content.toString("latin1");
  if (!/^[\x21-\x7e ]*$/.test(text)) throw new DerError("a name with a character that it cannot have");
  return text;
}
