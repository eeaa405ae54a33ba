/**
 * A file whose bytes may change while the program runs.
 *
 * @module
 */

import { readBytes } from "./text-file.ts";

export interface WatchedFileOptions {
  readonly onChange: (bytes: Uint8Array) => Promise<void>;
  /** Called once for each way in which it cannot be read; the problem is a sentence. */
  readonly onProblem: (problem: string) => void;
}

/** Kubernetes brings a changed secret within a minute; a file system's own notices do not come through its links. */
const intervalMs = 2_000;

/** Reads it again and again. @param known  As it was read before. */
export function watchFile(
  path: string,
  known: Uint8Array,
  { onChange, onProblem }: WatchedFileOptions,
): Disposable {
  let last = Buffer.from(known);
  let told: string | undefined;
  const timer = setInterval(() => {
    const read = readBytes(path);
    if (read.ok) {
      told = undefined;
      if (last.equals(read.bytes)) return;
      last = Buffer.from(read.bytes);
      void onChange(last);
    } else {
      if (read.problem !== told) onProblem(`${path} ${read.problem}`);
      told = read.problem;
    }
  }, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
