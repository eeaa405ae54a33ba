/**
 * Keys and keytabs as a directory's administrator makes them from a service account's password.
 *
 * @see RFC 3962 §4 — from a password to an AES key; RFC 3961 §5.1 — how a key is derived
 * @module
 */

import { createCipheriv, pbkdf2Sync } from "node:crypto";

export interface ServiceKey {
  readonly realm: string;
  /** `HTTP/gateway.example.test` */
  readonly service: string;
  readonly version: number;
  readonly password: string;
  /** Active Directory's is the realm and the account's name. */
  readonly salt: string;
}

const aes256 = 18;
const iterations = 4_096;
const keyBytes = 32;
/** The word "kerberos", folded to the length of a block. */
const folded = Buffer.from("6b65726265726f737b9b5b2b93132b93", "hex");

/** A keytab, version 2, with an AES-256 key of each. */
export function keytabOf(keys: readonly ServiceKey[]): Buffer {
  return Buffer.concat([Buffer.from([5, 2]), ...keys.map(entryOf)]);
}

function entryOf({ realm, service, version, password, salt }: ServiceKey): Buffer {
  const parts = service.split("/");
  const entry = Buffer.concat([
    number(2, parts.length),
    counted(Buffer.from(realm)),
    ...parts.map((part) => counted(Buffer.from(part))),
    number(4, 1),
    number(4, 0),
    number(1, version % 256),
    number(2, aes256),
    counted(keyOf(password, salt)),
    number(4, version),
  ]);
  return Buffer.concat([number(4, entry.length), entry]);
}

function keyOf(password: string, salt: string): Buffer {
  const stretched = pbkdf2Sync(password, salt, iterations, keyBytes, "sha1");
  const encrypt = (block: Buffer): Buffer => createCipheriv("aes-256-ecb", stretched, null).update(block);
  const first = encrypt(folded);
  return Buffer.concat([first, encrypt(first)]);
}

function counted(bytes: Buffer): Buffer {
  return Buffer.concat([number(2, bytes.length), bytes]);
}

function number(bytes: number, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
