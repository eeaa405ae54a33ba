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
}

interface Generation {
  readonly pair: EncapsulationKeyPair;
  readonly certificates: ReadonlyMap<ConnectionName, { readonly id: string; readonly signed: string }>;
}

export async function createProcessKeys(
  replica: ProcessId,
  identities: ReadonlyMap<ConnectionName, IdentityKey>,
  wallClock: () => number,
): Promise<ProcessKeys> {
  let generations: readonly Generation[] = [await createGeneration()];

  return {
    current(connection) {
      const certificate = generations[0]?.certificates.get(connection);
      if (certificate === undefined) throw new Error(`no certificate for connection ${connection}`);
      return certificate;
    },
    find: (connection, id) =>
      generations
        .map((generation) => generation.certificates.get(connection))
        .find((found) => found?.id === id)?.signed,
    keyPair: (certificate) =>
      generations.find(({ certificates }) => [...certificates.values()].some(({ id }) => id === certificate))
        ?.pair,
    async rotate() {
      generations = [await createGeneration(), ...generations].slice(0, 2);
    },
  };

  async function createGeneration(): Promise<Generation> {
    const pair = await suite.GenerateKeyPair(false);
    const expiresAtMs = wallClock() + 2 * keyLifetimeMs;
    const certificates = await Promise.all(
      [...identities].map(
        async ([connection, identity]) =>
          [
            connection,
            await createCertificate(connection, replica, pair.publicKey, identity, expiresAtMs),
          ] as const,
      ),
    );
    return { pair, certificates: new Map(certificates) };
  }
}
