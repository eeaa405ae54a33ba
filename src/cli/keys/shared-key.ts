/**
 * Keys without a public half, which the programs of one side share.
 *
 * The file holds one a line: the first one seals, and all of them open. So the next one is added behind the current one, put before it
 * when every program has it, and the old one is taken out when nothing that it sealed is wanted any more.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import type { KeyFolder } from "./key-folder.ts";

export interface SharedKey {
  /** As the operator calls it: `state`. */
  readonly name: string;
  readonly file: string;
  /** There from `next` to `switch`, with the key that is to be put first. */
  readonly nextFile: string;
  /** Who reads the file, and by which setting. */
  readonly owners: string;
  /** When nothing that an old key sealed is wanted any more. */
  readonly endsAfter: string;
}

const known: readonly SharedKey[] = [
  {
    ...files("state"),
    owners: "every gateway, in gateway.state.keyFiles",
    endsAfter: "the longest of cache.maxAge, oidc.sessionTime and refreshTokenTime has passed",
  },
  {
    ...files("connector-state"),
    owners: "every connector that takes tickets, in connector.state.keyFiles",
    endsAfter: "ten minutes have passed",
  },
];

export function findSharedKey(name: string): SharedKey | undefined {
  return known.find((key) => key.name === name);
}

export function sharedKeyOf(file: string): SharedKey | undefined {
  return known.find((key) => key.file === file);
}

/** The first one seals. */
export function sharedKeysIn(key: SharedKey, folder: KeyFolder): readonly string[] {
  return folder
    .read(key.file)
    .split(/\r?\n/)
    .filter((line) => line !== "");
}

export function writeSharedKeys(key: SharedKey, folder: KeyFolder, keys: readonly string[]): void {
  folder.replaceSecret(key.file, keys.map((one) => `${one}\n`).join(""));
}

export function createSharedKey(): string {
  return randomBytes(32).toString("base64");
}

/** Short, for an operator to compare; it tells nothing of the key. */
export function sharedKeyId(key: string): string {
  return createHash("sha256").update(Buffer.from(key, "base64")).digest("base64url");
}

function files(name: string): Pick<SharedKey, "name" | "file" | "nextFile"> {
  return { name, file: `${name}.key`, nextFile: `${name}.next.key` };
}
