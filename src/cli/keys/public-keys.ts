/**
 * A file of public identity keys: one PEM block after another.
 *
 * @module
 */

import { createPublicKey } from "node:crypto";
import { splitPems } from "../../protocol/identity-key.ts";

export function withPublicKey(text: string, pem: string): string {
  return `${text.trimEnd()}\n${pem}`.trimStart();
}

export function withoutPublicKey(text: string, pem: string): string {
  const key = createPublicKey(pem);
  return splitPems(text)
    .filter((block) => !createPublicKey(block).equals(key))
    .map((block) => `${block}\n`)
    .join("");
}
