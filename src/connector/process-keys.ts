/**
 * The key-encapsulation keys of this process and their certificates, one a connection.
 *
 * A new key pair is made every hour; the one before stays for as long again, for gateways that have not heard of the new one.
 * What was sealed for a forgotten key can be opened by nobody, this process included.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { EncapsulationKeyPair } from "../protocol/certificate.ts";
import { createCertificate, suite } from "../protocol/certificate.ts";
import type { IdentityKey } from "../protocol/identity-key.ts";
import type { ProcessId } from "../protocol/subjects.ts";

export const keyLifetimeMs = 60 * 60_000;

export interface ProcessKeys {
  /** The newest certificate of a connection. */
  current(connection: ConnectionName): { readonly id: string; readonly signed: string };
  /** A certificate that is still good, by its id. */
  find(connection: ConnectionName, id: string): string | undefined;
  /** The key pair that a certificate speaks of. */
  keyPair(certificate: string): EncapsulationKeyPair | undefined;
  /** Makes the next generation; certificates of the one before the last are forgotten. */
  rotate(): Promise<void>;
  /** Signs with the connection's identity key. @param type  What the statement is. */
  sign(connection: ConnectionName, type: string, statement: object): Promise<string>;
  /** Has another identity key certify the newest key pair, and those to come. What the one before certified is still shown. */
  renewIdentity(connection: ConnectionName, identity: IdentityKey): Promise<void>;
}

interface ProcessCertificate {
  readonly connection: ConnectionName;
  readonly id: string;
  readonly signed: string;
}

interface Generation {
  readonly pair: EncapsulationKeyPair;
  readonly expiresAtMs: number;
  /** The newest of each connection first. */
  readonly certificates: readonly ProcessCertificate[];
}

export async function createProcessKeys(
  replica: ProcessId,
  identities: ReadonlyMap<ConnectionName, IdentityKey>,
  wallClock: () => number,
): Promise<ProcessKeys> {
  const signers = new Map(identities);
  let generations: readonly Generation[] = [await createGeneration()];

  return {
    current(connection) {
      const certificate = generations[0]?.certificates.find((one) => one.connection === connection);
      if (certificate === undefined) throw new Error(`no certificate for connection ${connection}`);
      return certificate;
    },
    find: (connection, id) =>
      generations
        .flatMap(({ certificates }) => certificates)
        .find((one) => one.connection === connection && one.id === id)?.signed,
    keyPair: (certificate) =>
      generations.find(({ certificates }) => certificates.some(({ id }) => id === certificate))?.pair,
    async rotate() {
      generations = [await createGeneration(), ...generations].slice(0, 2);
    },
    sign(connection, type, statement) {
      const signer = signers.get(connection);
      if (signer === undefined) throw new Error(`no identity key for connection ${connection}`);
      return signer.sign(type, statement);
    },
    async renewIdentity(connection, identity) {
      signers.set(connection, identity);
      const [newest] = generations;
      if (newest === undefined) return;
      const certificate = await certify(connection, identity, newest);
      generations = generations.map((one) =>
        one.pair === newest.pair ? { ...one, certificates: [certificate, ...one.certificates] } : one,
      );
    },
  };

  async function createGeneration(): Promise<Generation> {
    const pair = await suite.GenerateKeyPair(false);
    const expiresAtMs = wallClock() + 2 * keyLifetimeMs;
    const certificates = await Promise.all(
      [...signers].map(([connection, identity]) => certify(connection, identity, { pair, expiresAtMs })),
    );
    return { pair, expiresAtMs, certificates };
  }

  async function certify(
    connection: ConnectionName,
    identity: IdentityKey,
    { pair, expiresAtMs }: Pick<Generation, "pair" | "expiresAtMs">,
  ): Promise<ProcessCertificate> {
    const { id, signed } = await createCertificate(
      connection,
      replica,
      pair.publicKey,
      identity,
      expiresAtMs,
    );
    return { connection, id, signed };
  }
}
