/**
 * What a keytab holds, without its keys: whose they are, and which versions.
 *
 * @see https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html
 * @module
 */

export interface KeytabEntry {
  readonly realm: string;
  /** `HTTP/gateway.example.test` */
  readonly service: string;
  readonly keyVersion: number;
  /** @see RFC 3961 §8 */
  readonly encryptionType: number;
}

export type ParsedKeytab =
  | { readonly ok: true; readonly entries: readonly KeytabEntry[] }
  /** The problem continues a sentence that begins with the file's name. */
  | { readonly ok: false; readonly problem: string };

/** AES with SHA-1 and SHA-2. What is older, RC4 with it, can be broken, and no directory of today needs it. */
const strongTypes: ReadonlySet<number> = new Set([17, 18, 19, 20]);

/** @returns the entries with keys that are strong enough; at least one. */
export function parseKeytab(bytes: Uint8Array): ParsedKeytab {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The first byte is always 5; the older version 1 has its numbers in the order of the machine that wrote it.
  if (buffer.length < 2 || buffer.readUInt16BE(0) !== 0x0502) {
    return { ok: false, problem: "is not a keytab of version 2" };
  }
  const entries: KeytabEntry[] = [];
  try {
    for (let at = 2; at < buffer.length;) {
      const size = buffer.readInt32BE(at);
      at += 4;
      // A negative size is the hole that a removed entry leaves; 0 is the end.
      if (size === 0) break;
      if (size > 0) entries.push(readEntry(buffer.subarray(at, at + size)));
      at += Math.abs(size);
    }
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, problem: "is a keytab that breaks off" };
    throw error;
  }
  const strong = entries.filter(({ encryptionType }) => strongTypes.has(encryptionType));
  if (strong.length > 0) return { ok: true, entries: strong };
  return {
    ok: false,
    problem: entries.length === 0 ? "is a keytab without keys" : "is a keytab without AES keys",
  };
}

function readEntry(entry: Buffer): KeytabEntry {
  let at = 0;
  const number = (bytes: number): number => {
    at += bytes;
    return entry.readUIntBE(at - bytes, bytes);
  };
  const text = (): string => {
    const length = number(2);
    if (at + length > entry.length) throw new RangeError("a text that breaks off");
    at += length;
    return entry.toString("latin1", at - length, at);
  };
  const parts = number(2);
  const realm = text();
  const service = Array.from({ length: parts }, text).join("/");
  number(4); // the name's type
  number(4); // when it was written
  const shortVersion = number(1);
  const encryptionType = number(2);
  text(); // the key
  const longVersion = entry.length - at >= 4 ? number(4) : 0;
  return { realm, service, keyVersion: longVersion === 0 ? shortVersion : longVersion, encryptionType };
}
