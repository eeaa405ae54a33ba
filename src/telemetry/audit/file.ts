/**
 * The audit's file: one line a record.
 *
 * Before each writing it is looked where the path leads now. So a file that was moved away, as logrotate does, is left for a new one,
 * without a signal and without a lost line.
 *
 * @module
 */

import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { AuditRecord } from "./record.ts";

/** For its owner alone. */
const mode = 0o600;

export class AuditFile implements AsyncDisposable {
  readonly #path: string;
  #file: { readonly handle: FileHandle; readonly inode: bigint } | undefined;
  /** The disk was full in the middle of a line. */
  #isTorn = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {Error} where the file cannot be opened. */
  async open(): Promise<void> {
    await this.#current();
  }

  /** @returns false where not all of it could be written. */
  async append(records: readonly AuditRecord[]): Promise<boolean> {
    const lines = records.map(({ line }) => `${line}\n`).join("");
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines);
    let written = 0;
    try {
      const { handle } = await this.#current();
      while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
      this.#isTorn = false;
      return true;
    } catch {
      if (written > 0) this.#isTorn = true;
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.handle.close().catch(() => undefined);
  }

  async #current(): Promise<{ readonly handle: FileHandle }> {
    const found = await stat(this.#path, { bigint: true }).catch(() => undefined);
    if (this.#file !== undefined && found?.ino === this.#file.inode) return this.#file;
    await this[Symbol.asyncDispose]();
    this.#file = undefined;
    const handle = await open(this.#path, "a", mode);
    this.#file = { handle, inode: (await handle.stat({ bigint: true })).ino };
    return this.#file;
  }
}
