/**
 * An X.509 certificate: what OpenSSL says of it, and the extensions that OpenSSL keeps to itself.
 *
 * @see RFC 5280 §4.1, §4.2
 * @module
 */

import { X509Certificate } from "node:crypto";
import {
  constructedTag,
  contextTag,
  decodeBoolean,
  decodeCount,
  decodeInteger,
  decodeOctets,
  decodeOid,
  decodeTime,
  DerError,
  DerReader,
  derTags,
  readDer,
  readSequence,
} from "./der.ts";
import type { DerValue } from "./der.ts";

export interface Certificate {
  readonly raw: Buffer;
  /** The same bytes, for signatures and who issued whom. */
  readonly x509: X509Certificate;
  /** As it stands there. */
  readonly serial: Buffer;
  /** In DER. */
  readonly issuer: Buffer;
  /** In DER. */
  readonly subject: Buffer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** What the issuer signed with. */
  readonly signatureAlgorithm: DerValue;
  /** Of the subjectPublicKey, without the algorithm. */
  readonly keyBits: Buffer;
  readonly extensions: Extensions;
}

export type Extensions = ReadonlyMap<string, Extension>;

export interface Extension {
  readonly isCritical: boolean;
  readonly value: Buffer;
}

export const extensionOids = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  crlDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyIdentifier: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  extendedKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
  authorityInformation: "1.3.6.1.5.5.7.1.1",
  /** @see RFC 6960 §4.2.2.2.1 */
  ocspNoCheck: "1.3.6.1.5.5.7.48.1.5",
  /** szOID_NTDS_CA_SECURITY_EXT. @see MS-WCCE 2.2.2.7.7.4 */
  securityIdentifier: "1.3.6.1.4.1.311.25.2",
} as const;

const version3 = 2;

/** @throws {DerError} for what is no certificate, or has an extension twice. */
export function decodeCertificate(der: Buffer): Certificate {
  const raw = Buffer.from(der);
  const outer = readSequence(raw);
  const signed = outer.read(derTags.sequence);
  const signatureAlgorithm = outer.read(derTags.sequence);
  decodeOctets(outer.read(derTags.bitString));
  outer.end();

  const reader = new DerReader(signed.content);
  const version = reader.optional(constructedTag(0));
  const serial = decodeInteger(reader.read(derTags.integer));
  const innerAlgorithm = reader.read(derTags.sequence);
  // RFC 5280 §4.1.1.2: else the one that is signed is not the one that is checked.
  if (!innerAlgorithm.whole.equals(signatureAlgorithm.whole)) throw new DerError("two signature algorithms");
  const issuer = reader.read(derTags.sequence).whole;
  const validity = new DerReader(reader.read(derTags.sequence).content);
  const notBeforeMs = decodeTime(validity.read());
  const notAfterMs = decodeTime(validity.read());
  validity.end();
  const subject = reader.read(derTags.sequence).whole;
  const key = new DerReader(reader.read(derTags.sequence).content);
  key.read(derTags.sequence);
  const keyBits = decodeOctets(key.read(derTags.bitString));
  key.end();
  reader.optional(contextTag(1));
  reader.optional(contextTag(2));
  const extensions = decodeExtensions(reader.optional(constructedTag(3)));
  reader.end();
  const isVersion3 = version !== undefined && decodeCount(readDer(version.content)) === version3;
  if (extensions.size > 0 && !isVersion3) throw new DerError("extensions in a certificate of an old version");

  return {
    raw,
    x509: parse(raw),
    serial,
    issuer,
    subject,
    notBeforeMs,
    notAfterMs,
    signatureAlgorithm,
    keyBits,
    extensions,
  };
}

/** @param wrapped  A sequence of extensions in a context tag, or nothing. Also for CRLs and OCSP responses. */
export function decodeExtensions(wrapped: DerValue | undefined): Extensions {
  const extensions = new Map<string, Extension>();
  if (wrapped === undefined) return extensions;
  for (const { content } of readSequence(wrapped.content).rest(derTags.sequence)) {
    const reader = new DerReader(content);
    const oid = decodeOid(reader.read(derTags.oid));
    const critical = reader.optional(derTags.boolean);
    const value = reader.read(derTags.octetString).content;
    reader.end();
    if (extensions.has(oid)) throw new DerError("an extension stands there twice");
    extensions.set(oid, { isCritical: critical !== undefined && decodeBoolean(critical), value });
  }
  return extensions;
}

/** As the same authority writes names the same way, their bytes are compared. */
export function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return issuer.equals(subject);
}

function parse(raw: Buffer): X509Certificate {
  try {
    return new X509Certificate(raw);
  } catch {
    throw new DerError("OpenSSL takes it for no certificate");
  }
}
