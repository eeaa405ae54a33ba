/**
 * Padding, so that the length of what is sealed tells little.
 *
 * @module
 */

export const paddingBytes = 64;

/** Ends in a byte that is not zero, so that zeros after it are known for padding. */
const mark = 0x80;

export function pad(value: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil((value.length + 1) / paddingBytes) * paddingBytes);
  padded.set(value);
  padded[value.length] = mark;
  return padded;
}

export function unpad(padded: Buffer): Uint8Array {
  return padded.subarray(0, padded.lastIndexOf(mark));
}
