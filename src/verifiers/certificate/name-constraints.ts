/**
 * Whether a certificate has names that an authority above it may not give.
 *
 * @see RFC 5280 §4.2.1.10 — name constraints; §6.1.3 (b), (c) — where they are checked
 * @module
 */

import { extensionOids } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { constructedTag, decodeText, DerError, DerReader, derTags, readSequence } from "./der.ts";
import {
  comparableSteps,
  decodeGeneralName,
  decodeGeneralNames,
  decodeName,
  namePartOids,
  principalNameOid,
} from "./name.ts";
import type { GeneralName } from "./name.ts";

export interface NameConstraints {
  /** Of each form that stands here a name has to be below one of them. */
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** @returns undefined where the authority has none. */
export function nameConstraintsOf({ extensions }: Certificate): NameConstraints | undefined {
  const extension = extensions.get(extensionOids.nameConstraints);
  if (extension === undefined) return undefined;
  const reader = readSequence(extension.value);
  const permitted = subtreesOf(reader.optional(constructedTag(0))?.content);
  const excluded = subtreesOf(reader.optional(constructedTag(1))?.content);
  reader.end();
  return { permitted, excluded };
}

export function namesPermitted(certificate: Certificate, { permitted, excluded }: NameConstraints): boolean {
  return namesOf(certificate).every((name) => {
    const sameForm = permitted.filter((base) => isSameForm(base, name));
    const isInside = sameForm.length === 0 || sameForm.some((base) => relate(name, base) === "below");
    return (
      isInside && excluded.every((base) => !isSameForm(base, name) || relate(name, base) === "elsewhere")
    );
  });
}

/** Also the subject, and mail addresses in it. */
function namesOf({ subject, extensions }: Certificate): readonly GeneralName[] {
  const name = decodeName(subject);
  const alternative = extensions.get(extensionOids.subjectAlternativeName);
  const mails = name
    .flat()
    .filter(({ type }) => type === namePartOids.emailAddress)
    .map(({ value }): GeneralName => ({ kind: "mail", text: decodeText(value) ?? "" }));
  return [
    ...(name.length === 0 ? [] : [{ kind: "directory", name } as const]),
    ...mails,
    ...(alternative === undefined ? [] : decodeGeneralNames(contentOf(alternative.value))),
  ];
}

function contentOf(der: Buffer): Buffer {
  const reader = new DerReader(der);
  const { content } = reader.read(derTags.sequence);
  reader.end();
  return content;
}

function subtreesOf(content: Buffer | undefined): readonly GeneralName[] {
  if (content === undefined) return [];
  return new DerReader(content).rest(derTags.sequence).map((subtree) => {
    const reader = new DerReader(subtree.content);
    const base = decodeGeneralName(reader.read());
    // RFC 5280: a minimum other than 0, which is left out, and a maximum are not used.
    if (!reader.isAtEnd) throw new DerError("a subtree with a depth");
    return base;
  });
}

function isSameForm(one: GeneralName, other: GeneralName): boolean {
  if (one.kind === "other") return other.kind === "other" && one.type === other.type;
  if (one.kind === "unread") return other.kind === "unread" && one.tag === other.tag;
  return one.kind === other.kind;
}

/** `unknown`: cannot be compared. That is neither permitted nor known to be outside of what is excluded. */
function relate(name: GeneralName, base: GeneralName): "below" | "elsewhere" | "unknown" {
  const known = (isBelow: boolean) => (isBelow ? "below" : "elsewhere");
  switch (name.kind) {
    case "directory": {
      if (base.kind !== "directory") return "unknown";
      const steps = comparableSteps(name.name);
      return known(comparableSteps(base.name).every((step, index) => steps[index] === step));
    }
    case "mail":
      return base.kind === "mail" ? known(isMailBelow(name.text, base.text)) : "unknown";
    case "dns":
      return base.kind === "dns" ? known(isHostBelow(name.text, base.text)) : "unknown";
    case "uri": {
      const host = hostOf(name.text);
      if (base.kind !== "uri" || host === undefined) return "unknown";
      return known(base.text.startsWith(".") ? isHostBelow(host, base.text) : isSame(host, base.text));
    }
    case "address":
      return base.kind === "address" ? known(isAddressBelow(name.bytes, base.bytes)) : "unknown";
    case "other": {
      // Windows constrains principal names as if they were mail addresses.
      if (base.kind !== "other" || name.type !== principalNameOid) return "unknown";
      const [principal, constraint] = [decodeText(name.value), decodeText(base.value)];
      if (principal === undefined || constraint === undefined) return "unknown";
      return known(isMailBelow(principal, constraint.replace(/^@/, "")));
    }
    case "unread":
      return "unknown";
  }
}

/** `user@host` is one mailbox, `host` all that it has, `.domain` those of every host in it. */
function isMailBelow(mail: string, base: string): boolean {
  if (base.includes("@")) return isSame(mail, base);
  const host = mail.slice(mail.lastIndexOf("@") + 1);
  return base.startsWith(".") ? isHostBelow(host, base) : base === "" || isSame(host, base);
}

function isHostBelow(host: string, base: string): boolean {
  if (base === "") return true;
  const [lower, suffix] = [host.toLowerCase(), base.toLowerCase()];
  if (suffix.startsWith(".")) return lower.endsWith(suffix);
  return lower === suffix || lower.endsWith(`.${suffix}`);
}

/** The constraint is an address and a mask of the same size. */
function isAddressBelow(address: Buffer, base: Buffer): boolean {
  if (base.length !== 2 * address.length) return false;
  return address.every((byte, index) => {
    const mask = base[address.length + index] ?? 0;
    return (byte & mask) === ((base[index] ?? 0) & mask);
  });
}

/** Only of a URI that has one by name. */
function hostOf(uri: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([a-z0-9.-]*[a-z][a-z0-9.-]*)(?::\d*)?(?:[/?#]|$)/i.exec(
    uri,
  )?.[1];
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
