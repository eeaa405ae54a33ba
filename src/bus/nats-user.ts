/**
 * NATS users: an Ed25519 pair in NATS' own spelling (NKey).
 *
 * @module
 */

import { nkeys } from "nats";

export interface NatsUser {
  /** `SU…`: goes into the file that `nats.nkeyFile` names. */
  readonly seed: string;
  /** `U…`: goes into the server's configuration. */
  readonly publicKey: string;
}

export function createNatsUser(): NatsUser {
  const pair = nkeys.createUser();
  return { seed: Buffer.from(pair.getSeed()).toString("ascii"), publicKey: pair.getPublicKey() };
}

/** @throws {Error} for what is no user's seed. */
export function publicNatsKey(seed: string): string {
  return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey();
}
