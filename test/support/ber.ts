/**
 * BER as LDAP uses it, read and written apart from the code under test.
 *
 * @see RFC 4511 §5.1 — definite lengths, short tags
 * @module
 */

/** Constructed ones hold others, the rest hold bytes. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly inside: readonly Element[];
}

const constructedBit = 0x20;

/** @throws {Error} for a length that goes beyond the end. */
export function readElements(bytes: Buffer): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes, at);
    if (header === undefined || header.end > bytes.length) throw new Error("a length goes beyond the end");
    const { tag, start, end } = header;
    const content = bytes.subarray(start, end);
    const isConstructed = (tag & constructedBit) !== 0;
    elements.push({ tag, content, inside: isConstructed ? readElements(content) : [] });
    at = end;
  }
  return elements;
}

/** @returns where the element at this place begins and ends; undefined while that is not yet known. */
export function readHeader(
  bytes: Buffer,
  at: number,
): { readonly tag: number; readonly start: number; readonly end: number } | undefined {
  if (bytes.length < at + 2) return undefined;
  const first = bytes.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (bytes.length < at + 2 + lengthBytes) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  return { tag: bytes.readUInt8(at), start, end: start + length };
}

export function element(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(contents.map((one) => (typeof one === "string" ? Buffer.from(one) : one)));
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** @param number  From 0 to 2^31 - 1. */
export function integer(tag: number, number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return element(tag, bytes);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return Buffer.concat([Buffer.from([0x84]), bytes]);
}
