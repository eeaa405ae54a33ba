/**
 * What a certificate's key is for.
 *
 * @see RFC 5280 §4.2.1.3 — key usage; §4.2.1.9 — basic constraints; §4.2.1.12 — extended key usage
 * @module
 */

import { extensionOids } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { decodeBoolean, decodeCount, decodeOid, derTags, hasBit, readDer, readSequence } from "./der.ts";

export const purposes = ["client_authentication", "smart_card_logon"] as const;
export type Purpose = (typeof purposes)[number];

const purposeOids: Readonly<Record<Purpose, string>> = {
  client_authentication: "1.3.6.1.5.5.7.3.2",
  smart_card_logon: "1.3.6.1.4.1.311.20.2.2",
};
export const ocspSigningOid = "1.3.6.1.5.5.7.3.9";
const anyPurpose = "2.5.29.37.0";

export const keyUsageBits = { digitalSignature: 0, keyCertSign: 5, crlSign: 6 } as const;

/** `undefined` where the certificate is nobody's authority. */
export function authorityOf({ extensions }: Certificate): { readonly pathLengthMax: number } | undefined {
  const extension = extensions.get(extensionOids.basicConstraints);
  if (extension === undefined) return undefined;
  const reader = readSequence(extension.value);
  const isAuthority = reader.optional(derTags.boolean);
  const pathLength = reader.optional(derTags.integer);
  reader.end();
  if (isAuthority === undefined || !decodeBoolean(isAuthority)) return undefined;
  return { pathLengthMax: pathLength === undefined ? Number.POSITIVE_INFINITY : decodeCount(pathLength) };
}

/** True also where nothing is said of it. */
export function mayUseKey({ extensions }: Certificate, usage: keyof typeof keyUsageBits): boolean {
  const extension = extensions.get(extensionOids.keyUsage);
  return extension === undefined || hasBit(readDer(extension.value, derTags.bitString), keyUsageBits[usage]);
}

/** Said by name: a certificate for every purpose was not made for logins. */
export function isForLogins(certificate: Certificate, wanted: ReadonlySet<Purpose>): boolean {
  const stated = statedPurposes(certificate);
  return (
    stated !== undefined &&
    [...wanted].some((purpose) => stated.has(purposeOids[purpose])) &&
    mayUseKey(certificate, "digitalSignature") &&
    authorityOf(certificate) === undefined
  );
}

/** An authority that is for something else may not issue what logs in. Nothing said is everything said. */
export function mayIssueForLogins(authority: Certificate, wanted: ReadonlySet<Purpose>): boolean {
  const stated = statedPurposes(authority);
  if (stated === undefined || stated.has(anyPurpose)) return true;
  return [...wanted].some((purpose) => stated.has(purposeOids[purpose]));
}

export function statedPurposes({ extensions }: Certificate): ReadonlySet<string> | undefined {
  const extension = extensions.get(extensionOids.extendedKeyUsage);
  if (extension === undefined) return undefined;
  return new Set(readSequence(extension.value).rest(derTags.oid).map(decodeOid));
}
