/**
 * Reads DER, and nothing but DER: definite lengths in their shortest form, each value to its very end.
 *
 * What is read here comes from strangers. Everything that is not as the rules have it throws {@link DerError}, nothing is repaired.
 *
 * @see X.690 §10 — distinguished encoding rules
 * @module
 */

export class DerError extends Error {
  readonly code = "malformed_der";
  override readonly name = "DerError";
}

/** One value: its tag as it stands in the first byte, what is in it, and all of its bytes. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
} as const;

/** `[number]` with primitive content. */
export function contextTag(number: number): number {
  return 0x80 | number;
}

/** `[number]` with values in it. */
export function constructedTag(number: number): number {
  return 0xa0 | number;
}

/** The values of a sequence or set, one after the other. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(content: Buffer) {
    this.#bytes = content;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** @param tag  Any where it is absent. @throws {DerError} where the next value has another tag, or there is none. */
  read(tag?: number): DerValue {
    const start = this.#at;
    const found = this.#byte();
    if (tag !== undefined && found !== tag) throw new DerError("another tag was expected");
    if ((found & 0x1f) === 0x1f) throw new DerError("a tag of several bytes");
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError("a value is longer than what holds it");
    const value = {
      tag: found,
      content: this.#bytes.subarray(this.#at, end),
      whole: this.#bytes.subarray(start, end),
    };
    this.#at = end;
    return value;
  }

  /** The next value where it has this tag. */
  optional(tag: number): DerValue | undefined {
    return this.#bytes[this.#at] === tag ? this.read(tag) : undefined;
  }

  /** All that are left. */
  rest(tag?: number): readonly DerValue[] {
    const values: DerValue[] = [];
    while (!this.isAtEnd) values.push(this.read(tag));
    return values;
  }

  /** @throws {DerError} where something is left. */
  end(): void {
    if (!this.isAtEnd) throw new DerError("something stands after the last value");
  }

  /** @see X.690 §8.1.3, §10.1 */
  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError("a length of no definite form");
    let length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 2 ** (8 * (count - 1)))
      throw new DerError("a length that is not the shortest");
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerError("the end came too soon");
    this.#at += 1;
    return byte;
  }
}

/** The one value that these bytes are. */
export function readDer(bytes: Buffer, tag?: number): DerValue {
  const reader = new DerReader(bytes);
  const value = reader.read(tag);
  reader.end();
  return value;
}

/** A reader of what is in a sequence that is all of these bytes. */
export function readSequence(bytes: Buffer): DerReader {
  return new DerReader(readDer(bytes, derTags.sequence).content);
}

export function decodeBoolean({ content }: DerValue): boolean {
  if (content.length !== 1) throw new DerError("a boolean of another size");
  const byte = content.readUInt8(0);
  if (byte !== 0 && byte !== 0xff) throw new DerError("a boolean that is neither true nor false");
  return byte === 0xff;
}

/** Its two's complement, as it stands there. */
export function decodeInteger({ content }: DerValue): Buffer {
  const [first, second] = content;
  if (first === undefined) throw new DerError("an integer without bytes");
  const isPadded = second !== undefined && (first === 0 ? second < 0x80 : first === 0xff && second >= 0x80);
  if (isPadded) throw new DerError("an integer that is not the shortest");
  return content;
}

/** @throws {DerError} for what is negative or needs more than 31 bits. */
export function decodeCount(value: DerValue): number {
  const bytes = decodeInteger(value);
  if (bytes.length > 4 || bytes.readUInt8(0) >= 0x80) throw new DerError("a number out of bounds");
  return bytes.readUIntBE(0, bytes.length);
}

/** Dotted. @see X.690 §8.19 */
export function decodeOid({ content }: DerValue): string {
  const arcs: number[] = [];
  let arc = 0;
  let isInside = false;
  for (const byte of content) {
    if (!isInside && byte === 0x80) throw new DerError("an arc that is not the shortest");
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new DerError("an arc out of bounds");
    isInside = byte >= 0x80;
    if (isInside) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first, ...rest] = arcs;
  if (first === undefined || isInside) throw new DerError("an object identifier that does not end");
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...rest].join(".");
}

/** @throws {DerError} where not all bits of its last byte are used: no signature and no key is so. */
export function decodeOctets({ content }: DerValue): Buffer {
  if (content[0] !== 0) throw new DerError("bits that are no bytes");
  return content.subarray(1);
}

/** Whether the bit of this number is set, the first being the highest of the first byte. */
export function hasBit({ content }: DerValue, number: number): boolean {
  const byte = content[1 + (number >> 3)] ?? 0;
  return ((byte >> (7 - (number & 7))) & 1) === 1;
}

/** Milliseconds since 1970. @see RFC 5280 §4.1.2.5 — in UTC, with seconds, two digits of a year before 2050 */
export function decodeTime({ tag, content }: DerValue): number {
  const text = content.toString("latin1");
  const digits =
    tag === derTags.utcTime ? /^\d{12}Z$/ : tag === derTags.generalizedTime ? /^\d{14}Z$/ : undefined;
  if (digits?.test(text) !== true) throw new DerError("not a time");
  const full = tag === derTags.utcTime ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const iso = full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  const ms = Date.parse(iso);
  // JavaScript takes the 31st of February for a day in March.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== iso) throw new DerError("not a time");
  return ms;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const utf16 = new TextDecoder("utf-16be", { fatal: true });

/** @returns undefined for what is no text that we read. */
export function decodeText({ tag, content }: DerValue): string | undefined {
  try {
    switch (tag) {
      case derTags.utf8String:
        return utf8.decode(content);
      case derTags.bmpString:
        return utf16.decode(content);
      case derTags.printableString:
      case derTags.ia5String:
        return /^[\x20-\x7e]*$/.test(content.toString("latin1")) ? content.toString("latin1") : undefined;
      case derTags.teletexString:
        return content.toString("latin1");
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), content]);
  const bytes = Buffer.from(
    size.toString(16).padStart(2 * Math.ceil(size.toString(16).length / 2), "0"),
    "hex",
  );
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

export function encodeOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [40 * first + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return encodeDer(derTags.oid, Buffer.from(bytes));
}
