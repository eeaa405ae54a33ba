/**
 * One process at a time: a file that names the process which holds it.
 *
 * @module
 */

import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const retryMs = 100;

/** Waits for the lock; one whose holder is dead is taken over. @throws {Error} when the time is over. */
export async function holdLock(path: string, timeoutMs: number): Promise<AsyncDisposable> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await tryLock(path))) {
    if (performance.now() > giveUpAt) throw new Error(`the lock was not free after ${timeoutMs} ms: ${path}`);
    await removeIfAbandoned(path);
    await sleep(retryMs);
  }
  return {
    async [Symbol.asyncDispose]() {
      await rm(path, { force: true });
    },
  };
}

async function tryLock(path: string): Promise<boolean> {
  return writeFile(path, String(process.pid), { flag: "wx" }).then(
    () => true,
    () => false,
  );
}

async function removeIfAbandoned(path: string): Promise<void> {
  const pid = Number(await readFile(path, "utf8").catch(() => ""));
  // An empty file has just been made and not been written yet.
  if (!Number.isInteger(pid) || pid <= 0) return;
  try {
    process.kill(pid, 0);
  } catch {
    await rm(path, { force: true });
  }
}
