/**
 * Files that the operator names: small text.
 *
 * @module
 */

import { closeSync, openSync, readSync } from "node:fs";

export type TextFile =
  | { readonly ok: true; readonly text: string }
  /** The problem continues a sentence that begins with the file's name. */
  | { readonly ok: false; readonly problem: string; readonly isMissing: boolean };

export type ByteFile =
  { readonly ok: true; readonly bytes: Uint8Array } | Extract<TextFile, { readonly ok: false }>;

const bytesMax = 1_048_576;
/** Files of keys are read again and again, and are smaller. */
const bytesAtFirst = 8_192;

export function readTextFile(path: string): TextFile {
  const read = readBytes(path);
  if (!read.ok) return read;
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(read.bytes) };
  } catch {
    return { ok: false, problem: "is not UTF-8 text", isMissing: false };
  }
}

/** Never reads more than the bound, so that a device or an endless pipe is a problem and not a hang for ever. */
export function readBytes(path: string): ByteFile {
  try {
    const bytes = readBounded(path);
    if (bytes.length > bytesMax) return { ok: false, problem: "is larger than 1 MiB", isMissing: false };
    return { ok: true, bytes };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return { ok: false, problem: `cannot be read (${code})`, isMissing: code === "ENOENT" };
  }
}

function readBounded(path: string): Buffer {
  let buffer = Buffer.alloc(bytesAtFirst);
  const file = openSync(path, "r");
  try {
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0 || length > bytesMax) return buffer.subarray(0, length);
      if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * length);
    }
  } finally {
    closeSync(file);
  }
}
