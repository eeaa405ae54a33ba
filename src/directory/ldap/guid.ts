/**
 * objectGUID as text.
 *
 * @see MS-DTYP 2.3.4.2 — the first three fields are little-endian
 * @module
 */

const guidBytes = 16;

const textForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @returns the bytes of {@link decodeGuid}'s text; undefined for any other text. */
export function encodeGuid(text: string): Buffer | undefined {
  if (!textForm.test(text)) return undefined;
  const [first = "", second = "", third = "", ...rest] = text.split("-");
  const littleEndian = [first, second, third].map((field) => Buffer.from(field, "hex").toReversed());
  return Buffer.concat([...littleEndian, Buffer.from(rest.join(""), "hex")]);
}

/** @returns the RFC 9562 form in lower case; undefined when these are not the 16 bytes of a GUID. */
export function decodeGuid(bytes: Buffer): string | undefined {
  if (bytes.length !== guidBytes) return undefined;
  const field = (start: number, end: number): Uint8Array => bytes.subarray(start, end);
  const fields = [
    field(0, 4).toReversed(),
    field(4, 6).toReversed(),
    field(6, 8).toReversed(),
    field(8, 10),
    field(10, 16),
  ];
  return fields.map((part) => Buffer.from(part).toString("hex")).join("-");
}
