/**
 * Ed25519 identity keys: long-lived, from files, and used to sign only.
 *
 * A connection's connectors share one, a gateway deployment has one; each side pins a list of the other's public keys, so that
 * keys can rotate without an outage. They certify the short-lived keys of processes and never encrypt anything: a stolen
 * identity key opens no recorded password.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { CompactSign, calculateJwkThumbprint, compactVerify, decodeProtectedHeader } from "jose";

export interface IdentityKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly id: string;
  /** @param type  The `typ` header: what the statement is, so that one kind never passes for another. */
  sign(type: string, statement: object): Promise<string>;
}

/** The other side's keys, by id. */
export type PinnedKeys = ReadonlyMap<string, KeyObject>;

const algorithm = "EdDSA";

/** @throws {Error} when the PEM is not an Ed25519 private key (PKCS#8). */
export async function importIdentityKey(pem: string): Promise<IdentityKey> {
  const key = createPrivateKey(pem);
  const id = await keyId(createPublicKey(key));
  return {
    id,
    sign: (type, statement) =>
      new CompactSign(Buffer.from(JSON.stringify(statement)))
        .setProtectedHeader({ alg: algorithm, typ: type, kid: id })
        .sign(key),
  };
}

/**
 * @param texts  Each with one PEM or several.
 * @throws {Error} when one is not an Ed25519 public key (SPKI), or none is there: nobody would be trusted.
 */
export async function importPinnedKeys(texts: readonly string[]): Promise<PinnedKeys> {
  // A text without any PEM block goes to the parser whole, which says so.
  const pems = texts.flatMap((text) => (splitPems(text).length === 0 ? [text] : splitPems(text)));
  if (pems.length === 0) throw new Error("the list of pinned public keys is empty");
  const keys = pems.map((pem) => createPublicKey(pem));
  return new Map(await Promise.all(keys.map(async (key) => [await keyId(key), key] as const)));
}

/** PEM, both halves. */
export function createIdentityKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

/** @throws {Error} when the PEM is not an Ed25519 public key. */
export function publicKeyId(pem: string): Promise<string> {
  return keyId(createPublicKey(pem));
}

/** The PEM blocks of a text, without what stands between them. */
export function splitPems(text: string): readonly string[] {
  return text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
}

/** @returns the statement and the id of the key that signed it, or undefined when it is malformed, of another type, or not by a pinned key. */
export async function openSigned(
  jws: string,
  type: string,
  pins: PinnedKeys,
): Promise<{ readonly statement: unknown; readonly signedBy: string } | undefined> {
  try {
    const header = decodeProtectedHeader(jws);
    const signedBy = String(header.kid);
    const key = pins.get(signedBy);
    if (key === undefined || header.typ !== type) return undefined;
    const { payload } = await compactVerify(jws, key, { algorithms: [algorithm] });
    return { statement: JSON.parse(Buffer.from(payload).toString("utf8")), signedBy };
  } catch {
    return undefined;
  }
}

/** The id of the key that a statement says it is signed by; only for telling an operator which key is missing. */
export function claimedSignerOf(jws: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(jws);
    return kid;
  } catch {
    return undefined;
  }
}

async function keyId(key: KeyObject): Promise<string> {
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(`expected an Ed25519 key, found ${key.asymmetricKeyType}`);
  return calculateJwkThumbprint(key.export({ format: "jwk" }));
}
