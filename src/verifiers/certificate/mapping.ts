/**
 * Whose certificate it is: what in it names an account.
 *
 * A certificate with Microsoft's SID extension was made for that account and no other. Where the settings use it, it decides alone: an
 * account that has gone must not be found again by a weaker name that somebody else has meanwhile.
 *
 * @see MS-PKCA 3.1.5.2.1 — how a KDC maps certificates; MS-WCCE 2.2.2.7.7.4 — the SID extension
 * @module
 */

import { createHash } from "node:crypto";
import type { AccountKey } from "../../login/account-key.ts";
import { extensionOids } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { constructedTag, decodeText, DerError, derTags, readDer, readSequence } from "./der.ts";
import { decodeGeneralName, decodeGeneralNames, principalNameOid } from "./name.ts";
import { plainName, windowsName } from "./written-name.ts";

export const mappings = ["sid", "security_identity", "certificate", "principal", "mail", "subject"] as const;
export type Mapping = (typeof mappings)[number];

export interface MappingOptions {
  /** Tried one after the other until one finds somebody. */
  readonly order: readonly Mapping[];
  /** For `subject`, in the form of RFC 4514, with `{name}` in the place of one whole value. */
  readonly subjectPatterns: readonly string[];
}

/** @see MS-WCCE 2.2.2.7.7.4 — szOID_NTDS_OBJECTSID */
const objectSidOid = "1.3.6.1.4.1.311.25.2.1";
const nameLengthMax = 64;

/** @throws {DerError} for an extension that cannot be read. */
export function accountKeys(
  certificate: Certificate,
  { order, subjectPatterns }: MappingOptions,
): readonly AccountKey[] {
  const sid = sidOf(certificate);
  if (sid !== undefined && order.includes("sid")) return [{ by: "sid", sid }];
  return order.flatMap((mapping): readonly AccountKey[] => {
    switch (mapping) {
      case "sid":
        return [];
      case "security_identity":
        return [{ by: "security_identity", texts: securityIdentities(certificate) }];
      case "certificate":
        return [publishedKey(certificate)];
      case "principal": {
        const texts = alternativeNames(certificate).flatMap((name) =>
          name.kind === "other" && name.type === principalNameOid ? (decodeText(name.value) ?? []) : [],
        );
        return texts.length === 0 ? [] : [{ by: "principal", texts }];
      }
      case "mail": {
        const texts = alternativeNames(certificate).flatMap((name) =>
          name.kind === "mail" ? name.text : [],
        );
        return texts.length === 0 ? [] : [{ by: "mail", texts }];
      }
      case "subject":
        return subjectPatterns.flatMap((pattern) => nameIn(certificate, pattern));
    }
  });
}

function publishedKey({ raw, serial, issuer }: Certificate): AccountKey {
  const name = plainName(issuer);
  const serialNumber = BigInt.asIntN(8 * serial.length, BigInt(`0x${serial.toString("hex")}`)).toString();
  return { by: "certificate", der: raw, serialNumber, ...(name === undefined ? {} : { issuer: name }) };
}

/** The account that the certificate was made for, where its authority says so. */
export function sidOf({ extensions }: Certificate): string | undefined {
  const extension = extensions.get(extensionOids.securityIdentifier);
  if (extension === undefined) return undefined;
  const names = readSequence(extension.value).rest(constructedTag(0)).map(decodeGeneralName);
  for (const name of names) {
    if (name.kind === "other" && name.type === objectSidOid && name.value.tag === derTags.octetString) {
      return name.value.content.toString("latin1");
    }
  }
  throw new DerError("the extension for a SID holds none");
}

/** The strong ones of the six. @see MS-PKCA 3.1.5.2.1.2 */
function securityIdentities({ issuer, serial, keyBits, raw, extensions }: Certificate): readonly string[] {
  const issuerName = windowsName(issuer);
  const keyIdentifier = extensions.get(extensionOids.subjectKeyIdentifier);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const sha1 = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");
  // CERT_INFO has serial numbers with the least byte first, and without the zero that makes them positive.
  const reversed = hex((serial[0] === 0 ? serial.subarray(1) : serial).toReversed());
  return [
    ...(issuerName === undefined ? [] : [`X509:<I>${issuerName}<SR>${reversed}`]),
    ...(keyIdentifier === undefined
      ? []
      : [`X509:<SKI>${hex(readDer(keyIdentifier.value, derTags.octetString).content)}`]),
    // The specification says the key's; Windows' own tools write the certificate's. Neither is anybody else's.
    `X509:<SHA1-PUKEY>${sha1(keyBits)}`,
    `X509:<SHA1-PUKEY>${sha1(raw)}`,
  ];
}

function alternativeNames({ extensions }: Certificate) {
  const extension = extensions.get(extensionOids.subjectAlternativeName);
  return extension === undefined
    ? []
    : decodeGeneralNames(readDer(extension.value, derTags.sequence).content);
}

/** The value in the place of `{name}`, where all the rest of the subject is as in the pattern. */
function nameIn({ subject }: Certificate, pattern: string): readonly AccountKey[] {
  const text = plainName(subject);
  const [before, after, ...more] = pattern.split("{name}");
  if (text === undefined || before === undefined || after === undefined || more.length > 0) return [];
  const name = text.slice(before.length, text.length - after.length);
  const isMatch = text === before + name + after && !name.includes(",") && !name.includes("+");
  return isMatch && name !== "" && name.length <= nameLengthMax ? [{ by: "name", text: name }] : [];
}
