/**
 * Security identifiers as text.
 *
 * @see MS-DTYP 2.4.2.2 — revision, count, 48-bit authority (big-endian), 32-bit sub-authorities (little-endian)
 * @module
 */

const headerBytes = 8;
const subAuthoritiesMax = 15;

/** @returns `S-1-…`; undefined when these are not the bytes of a SID. */
export function decodeSid(bytes: Buffer): string | undefined {
  if (bytes.length < headerBytes || bytes.readUInt8(0) !== 1) return undefined;
  const count = bytes.readUInt8(1);
  if (count > subAuthoritiesMax || bytes.length !== headerBytes + 4 * count) return undefined;
  const authority = bytes.readUIntBE(2, 6);
  // MS-DTYP 2.4.2.1: an authority of 2^32 or more is written in hexadecimal.
  const parts = [authority < 2 ** 32 ? String(authority) : `0x${authority.toString(16).padStart(12, "0")}`];
  for (let index = 0; index < count; index += 1) {
    parts.push(String(bytes.readUInt32LE(headerBytes + 4 * index)));
  }
  return `S-1-${parts.join("-")}`;
}

/** @returns undefined for what is not `S-1-…`. */
export function encodeSid(text: string): Buffer | undefined {
  const [authority, ...subAuthorities] =
    /^S-1-((?:\d{1,10}|0x[\da-f]{12})(?:-\d{1,10}){0,15})$/i.exec(text)?.[1]?.split("-") ?? [];
  if (authority === undefined || subAuthorities.some((part) => Number(part) >= 2 ** 32)) return undefined;
  const bytes = Buffer.alloc(headerBytes + 4 * subAuthorities.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(subAuthorities.length, 1);
  bytes.writeUIntBE(Number(authority), 2, 6);
  for (const [index, part] of subAuthorities.entries())
    bytes.writeUInt32LE(Number(part), headerBytes + 4 * index);
  return bytes;
}
