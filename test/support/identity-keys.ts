/**
 * Identity keys for a gateway and for the connectors of each connection, in the files that `drawbridge keys` would write.
 *
 * @module
 */

import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface IdentityKeyFiles {
  readonly keyFile: string;
  readonly publicKeyFile: string;
}

export interface IdentityKeys {
  readonly gateway: IdentityKeyFiles;
  /** @throws {Error} for a connection that no keys were made for. */
  connector(connection: string): IdentityKeyFiles;
}

export async function createIdentityKeys(
  folder: string,
  connections: readonly string[],
): Promise<IdentityKeys> {
  const connectors = new Map<string, IdentityKeyFiles>();
  for (const connection of connections) {
    connectors.set(connection, await writePair(folder, `${connection}.connector`));
  }
  return {
    gateway: await writePair(folder, "gateway"),
    connector(connection) {
      const files = connectors.get(connection);
      if (files === undefined) throw new Error("no identity key was made for this connection");
      return files;
    },
  };
}

async function writePair(folder: string, name: string): Promise<IdentityKeyFiles> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const keyFile = join(folder, `${name}.key`);
  const publicKeyFile = join(folder, `${name}.pub`);
  await writeFile(keyFile, privateKey, { mode: 0o600 });
  await writeFile(publicKeyFile, publicKey);
  return { keyFile, publicKeyFile };
}
