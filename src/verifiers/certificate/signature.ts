/**
 * Which signatures and keys are strong enough, and whether a signature over bytes is right.
 *
 * @see RFC 8017 appendix A.2 — RSA; RFC 5758 §3.2 — ECDSA; RFC 8410 — Ed25519, Ed448
 * @see NIST SP 800-57 part 1 §5.6 — 112 bits of strength at the least
 * @module
 */

import { constants, verify } from "node:crypto";
import type { KeyObject, VerifyKeyObjectInput } from "node:crypto";
import {
  constructedTag,
  decodeCount,
  decodeOid,
  DerError,
  DerReader,
  derTags,
  readDer,
  readSequence,
} from "./der.ts";
import type { DerValue } from "./der.ts";

interface Algorithm {
  /** Null where the scheme has one of its own. */
  readonly hash: string | null;
  readonly key: Omit<VerifyKeyObjectInput, "key">;
  readonly keyType: string;
}

const sha256 = "sha256";
const sha384 = "sha384";
const sha512 = "sha512";
const rsa = (hash: string): Algorithm => ({ hash, key: {}, keyType: "rsa" });
const ecdsa = (hash: string): Algorithm => ({ hash, key: { dsaEncoding: "der" }, keyType: "ec" });

/** What is not here is not believed: SHA-1 and MD5 above all. */
const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ["1.2.840.113549.1.1.11", rsa(sha256)],
  ["1.2.840.113549.1.1.12", rsa(sha384)],
  ["1.2.840.113549.1.1.13", rsa(sha512)],
  ["1.2.840.10045.4.3.2", ecdsa(sha256)],
  ["1.2.840.10045.4.3.3", ecdsa(sha384)],
  ["1.2.840.10045.4.3.4", ecdsa(sha512)],
  ["1.3.101.112", { hash: null, key: {}, keyType: "ed25519" }],
  ["1.3.101.113", { hash: null, key: {}, keyType: "ed448" }],
]);
const rsaPss = "1.2.840.113549.1.1.10";
const hashes: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.101.3.4.2.1", sha256],
  ["2.16.840.1.101.3.4.2.2", sha384],
  ["2.16.840.1.101.3.4.2.3", sha512],
]);

const rsaBitsMin = 2_048;
const curves: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

export function isStrongSignature(algorithm: DerValue): boolean {
  return algorithmOf(algorithm) !== undefined;
}

export function isStrongKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  switch (asymmetricKeyType) {
    case "rsa":
    case "rsa-pss":
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin;
    case "ec":
      return curves.has(asymmetricKeyDetails?.namedCurve ?? "");
    case "ed25519":
    case "ed448":
      return true;
    default:
      return false;
  }
}

/** Off the event loop, because a list of revoked certificates is long. False also for what is not strong enough. */
export async function isSignedBy(
  key: KeyObject,
  {
    algorithm,
    bytes,
    signature,
  }: { readonly algorithm: DerValue; readonly bytes: Buffer; readonly signature: Buffer },
): Promise<boolean> {
  const found = algorithmOf(algorithm);
  const type = key.asymmetricKeyType === "rsa-pss" ? "rsa" : key.asymmetricKeyType;
  if (found === undefined || type !== found.keyType || !isStrongKey(key)) return false;
  return new Promise((resolve) => {
    verify(found.hash, bytes, { key, ...found.key }, signature, (error, isRight) =>
      resolve(error === null && isRight),
    );
  });
}

function algorithmOf({ content }: DerValue): Algorithm | undefined {
  const reader = new DerReader(content);
  const oid = decodeOid(reader.read(derTags.oid));
  if (oid !== rsaPss) return algorithms.get(oid);
  const parameters = reader.optional(derTags.sequence);
  return parameters === undefined ? undefined : pssOf(parameters);
}

/** What it leaves out is SHA-1. @see RFC 4055 §3.1 */
function pssOf({ content }: DerValue): Algorithm | undefined {
  const reader = new DerReader(content);
  const hash = hashOf(reader.optional(constructedTag(0)));
  const mask = reader.optional(constructedTag(1));
  const salt = reader.optional(constructedTag(2));
  if (hash === undefined || mask === undefined || salt === undefined) return undefined;
  const maskReader = readSequence(mask.content);
  maskReader.read(derTags.oid);
  const maskHash = maskReader.optional(derTags.sequence);
  if (maskHash === undefined || hashes.get(firstOid(maskHash)) !== hash) return undefined;
  const saltLength = decodeCount(readDer(salt.content, derTags.integer));
  return { hash, key: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, keyType: "rsa" };
}

function hashOf(wrapped: DerValue | undefined): string | undefined {
  return wrapped === undefined ? undefined : hashes.get(firstOid(readDer(wrapped.content, derTags.sequence)));
}

function firstOid({ content }: DerValue): string {
  const [first] = new DerReader(content).rest();
  if (first === undefined) throw new DerError("an algorithm without a name");
  return decodeOid(first);
}
