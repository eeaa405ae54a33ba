/**
 * The kinds of key that `drawbridge keys` looks after, and how each is made, told to others and named.
 *
 * A key has one secret file, which its own program reads, and one public file, which the other side reads and which may hold several:
 * that is what lets an old and a new key be good at the same time.
 *
 * @module
 */

import { createPublicKey } from "node:crypto";
import { createNatsUser, publicNatsKey } from "../../bus/nats-user.ts";
import { isConnectionName } from "../../login/attempt.ts";
import { createIdentityKeyPair, publicKeyId, splitPems } from "../../protocol/identity-key.ts";
import { natsUsersFile, natsUsersOf, withNatsUser, withoutNatsUser } from "./nats-users.ts";
import type { NatsProgram } from "./nats-users.ts";
import { withPublicKey, withoutPublicKey } from "./public-keys.ts";

export const keyPlaces = ["current", "next", "previous"] as const;
export type KeyPlace = (typeof keyPlaces)[number];

export interface RotatedKey {
  /** As the operator calls it: `corp.connector`. */
  readonly name: string;
  readonly secretFiles: Readonly<Record<KeyPlace, string>>;
  readonly publicFile: string;
  /** Who reads the secret file, and by which setting. */
  readonly owner: string;
  /** Who reads the public file, and by which setting. */
  readonly others: string;
  /** What makes the others read it, where they do not by themselves. */
  readonly reload?: string;
  readonly createSecret: () => string;
  /** As it stands in the public file. */
  readonly publicOf: (secret: string) => string;
  /** Short, for an operator to compare. */
  readonly idOf: (publicKey: string) => Promise<string>;
  readonly listed: (publicText: string) => readonly string[];
  /** @returns undefined where the file is not one that can be added to. */
  readonly added: (publicText: string, publicKey: string) => string | undefined;
  readonly dropped: (publicText: string, publicKey: string) => string;
}

/** @returns undefined for a name that no key can have. */
export function findRotatedKey(name: string): RotatedKey | undefined {
  if (name === "gateway") {
    return identityKey(
      name,
      "every gateway, as gateway.identityKeyFile",
      "every connector, in connector.connections.….gatewayKeyFiles",
    );
  }
  if (name === "nats-connector") return natsUser("connector");
  if (name === "nats-gateway") return natsUser("gateway");
  if (name === "nats-auditor") return natsUser("auditor");
  const connection = /^(.+)\.connector$/.exec(name)?.[1];
  if (connection === undefined || !isConnectionName(connection)) return undefined;
  return identityKey(
    name,
    `every connector of ${connection}, as connector.connections.${connection}.identityKeyFile`,
    `every gateway, in gateway.connections.${connection}.connectorKeyFiles`,
  );
}

/** The current secret file's name tells the key's. */
export function keyNameOf(file: string): string | undefined {
  return (
    /^(gateway|[a-z0-9-]+\.connector)\.key$/.exec(file)?.[1] ??
    /^(nats-(?:connector|gateway|auditor))\.nk$/.exec(file)?.[1]
  );
}

function identityKey(name: string, owner: string, others: string): RotatedKey {
  return {
    name,
    secretFiles: places(name, "key"),
    publicFile: `${name}.pub`,
    owner,
    others,
    createSecret: () => createIdentityKeyPair().privateKey,
    publicOf: (secret) =>
      createPublicKey(secret).export({ type: "spki", format: "pem" }).toString().trimEnd(),
    idOf: publicKeyId,
    listed: splitPems,
    added: (text, pem) => withPublicKey(text, `${pem}\n`),
    dropped: withoutPublicKey,
  };
}

function natsUser(program: NatsProgram): RotatedKey {
  const name = `nats-${program}`;
  return {
    name,
    secretFiles: places(name, "nk"),
    publicFile: natsUsersFile,
    owner: `every ${program}, as nats.nkeyFile`,
    others: "every NATS server, beside drawbridge.conf",
    reload: "nats-server --signal reload",
    createSecret: () => `${createNatsUser().seed}\n`,
    publicOf: (secret) => publicNatsKey(secret.trim()),
    idOf: (publicKey) => Promise.resolve(publicKey),
    listed: (text) => natsUsersOf(text, program),
    added: (text, publicKey) => withNatsUser(text, program, publicKey),
    dropped: withoutNatsUser,
  };
}

function places(name: string, extension: string): Readonly<Record<KeyPlace, string>> {
  return {
    current: `${name}.${extension}`,
    next: `${name}.next.${extension}`,
    previous: `${name}.previous.${extension}`,
  };
}
