/**
 * A private folder for one server or test, gone when its owner is, or at the latest when this process ends by itself.
 *
 * @module
 */

import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Scratch extends AsyncDisposable {
  readonly folder: string;
  /** Writes a file that only we can read. @returns its absolute path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/** What an owner that was interrupted while it started could not dispose of; there are private keys in it. */
const folders = new Set<string>();

export async function createScratch(name: string): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), `drawbridge-${name}-`));
  if (folders.size === 0) process.on("exit", removeAll);
  folders.add(folder);
  return {
    folder,
    async write(file, content) {
      const path = join(folder, file);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    },
    async [Symbol.asyncDispose]() {
      // A server that is just ending may still add a file between listing and removing.
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      folders.delete(folder);
      if (folders.size === 0) process.off("exit", removeAll);
    },
  };
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
