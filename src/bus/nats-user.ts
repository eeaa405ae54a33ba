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
