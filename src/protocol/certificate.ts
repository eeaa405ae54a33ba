/**
 * A replica process's certificate: "this key-encapsulation key belongs to this replica of this connection", signed by the
 * connection's identity key.
 *
 * The key is made at start, lives in memory only and is replaced every hour, so that nothing recorded on the bus can be opened
 * later (forward secrecy). The key encapsulation is the hybrid of ML-KEM-768 and X25519: it holds while either does.
 *
 * @see draft-ietf-hpke-pq — MLKEM768-X25519
 * @module
 */

import { createHash } from "node:crypto";
import { AEAD_EXPORT_ONLY, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from "hpke";
import { z } from "zod";
import type { ConnectionName } from "../login/attempt.ts";
import type { IdentityKey, PinnedKeys } from "./identity-key.ts";
import { openSigned } from "./identity-key.ts";
import type { ProcessId } from "./subjects.ts";

export const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_EXPORT_ONLY);
export type EncapsulationKeyPair = Awaited<ReturnType<typeof suite.GenerateKeyPair>>;
export type EncapsulationKey = EncapsulationKeyPair["publicKey"];

const statementType = "drawbridge-certificate";

const statementSchema = z.strictObject({
  connection: z.string(),
  replica: z.string(),
  /** The serialized public key: 1,216 bytes. */
  key: z.base64url().max(4_096),
  /** Seconds since 1970, as in RFC 7519. */
  exp: z.int(),
});

export interface Certificate {
  /** The first 128 bits of the signed form's SHA-256, base64url. */
  readonly id: string;
  readonly replica: ProcessId;
  /** The id of the identity key. */
  readonly signedBy: string;
  readonly key: EncapsulationKey;
}

/** How far the two machines' clocks may differ. A certificate is short-lived, but never exactly so. */
const clockToleranceMs = 15 * 60_000;

export async function createCertificate(
  connection: ConnectionName,
  replica: ProcessId,
  key: EncapsulationKey,
  identity: IdentityKey,
  expiresAtMs: number,
): Promise<{ readonly id: string; readonly signed: string }> {
  const signed = await identity.sign(statementType, {
    connection,
    replica,
    key: Buffer.from(await suite.SerializePublicKey(key)).toString("base64url"),
    exp: Math.ceil(expiresAtMs / 1000),
  });
  return { id: certificateId(signed), signed };
}

/** @returns undefined unless it is signed by a pinned key, for this connection, replica and id, and not expired. */
export async function openCertificate(
  signed: string,
  expected: { readonly connection: ConnectionName; readonly replica: ProcessId; readonly id: string },
  pins: PinnedKeys,
  nowMs: number,
): Promise<Certificate | undefined> {
  if (certificateId(signed) !== expected.id) return undefined;
  const opened = await openSigned(signed, statementType, pins);
  const statement = statementSchema.safeParse(opened?.statement);
  if (opened === undefined || !statement.success) return undefined;
  const { connection, replica, key, exp } = statement.data;
  if (connection !== expected.connection || replica !== expected.replica) return undefined;
  if (exp * 1000 + clockToleranceMs < nowMs) return undefined;
  try {
    return {
      id: expected.id,
      replica: expected.replica,
      signedBy: opened.signedBy,
      key: await suite.DeserializePublicKey(Buffer.from(key, "base64url")),
    };
  } catch {
    return undefined;
  }
}

/** The id under which a certificate is asked for; whoever has the id can tell the right one from any other. */
export function certificateId(signed: string): string {
  return createHash("sha256").update(signed).digest().subarray(0, 16).toString("base64url");
}
