/**
 * Lists of revoked certificates in files, read again when they change.
 *
 * @module
 */

import { readFile, stat } from "node:fs/promises";
import { DerError } from "../der.ts";
import { decodeRevocationList } from "./revocation-list.ts";
import type { RevocationList } from "./revocation-list.ts";
import type { ObserveRevocation, RevocationResult } from "./revocation-event.ts";

export interface ListFiles extends Disposable {
  /** As they were last read well. */
  readonly lists: readonly RevocationList[];
}

/** Of one list, about 280,000 revoked certificates. */
export const listBytesMax = 10 * 1_024 * 1_024;
/** A file system's own notices do not come through the links of a mounted secret. */
const intervalMs = 2_000;

/** @throws {Error} for a file that cannot be read or is no list, with its name. */
export async function openListFiles(
  files: readonly string[],
  observe: ObserveRevocation,
): Promise<ListFiles> {
  const known = new Map<string, { readonly state: string; readonly list: RevocationList }>();
  const problems = new Map<string, string>();
  for (const file of files) {
    const [state, list] = [await stateOf(file), await readList(file)];
    if (typeof list === "string") throw new Error(`${file} is no list of revoked certificates (${list})`);
    known.set(file, { state, list });
  }
  let isLooking = false;
  const timer = setInterval(() => void look(), intervalMs);
  return {
    get lists() {
      return [...known.values()].map(({ list }) => list);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    for (const file of files) {
      const state = await stateOf(file);
      if (known.get(file)?.state === state || problems.get(file) === state) continue;
      const list = await readList(file);
      if (typeof list === "string") problems.set(file, state);
      else {
        problems.delete(file);
        known.set(file, { state, list });
      }
      observe({ source: "file", place: file, result: typeof list === "string" ? list : "ok" });
    }
    isLooking = false;
  }
}

/** What changes with the file. */
async function stateOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "none";
  }
}

async function readList(file: string): Promise<RevocationList | RevocationResult> {
  let bytes: Buffer;
  try {
    if ((await stat(file)).size > listBytesMax) return "too_large";
    bytes = await readFile(file);
  } catch {
    return "unreadable";
  }
  try {
    return await decodeRevocationList(bytes);
  } catch (error) {
    if (error instanceof DerError) return "malformed";
    throw error;
  }
}
