/**
 * An Ed25519 identity key and its pinned public half, made for one test.
 */

import { generateKeyPairSync } from "node:crypto";
import { importIdentityKey, importPinnedKeys } from "../../src/protocol/identity-key.ts";
import type { IdentityKey, PinnedKeys } from "../../src/protocol/identity-key.ts";

export async function createIdentityPair(): Promise<{
  readonly identity: IdentityKey;
  readonly pins: PinnedKeys;
}> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { identity: await importIdentityKey(privateKey), pins: await importPinnedKeys([publicKey]) };
}
