/**
 * Waits for a promise, but not for ever.
 *
 * @module
 */

import type { Deadline } from "./deadline.ts";

/**
 * The work itself goes on: who started it decides what becomes of its result.
 *
 * Answers that came while this process itself stood still are read before the time is said to be over.
 */
export async function withinDeadline<T>(deadline: Deadline, work: Promise<T>): Promise<T | "timeout"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    const over = (): void => void setImmediate(() => setImmediate(resolve, "timeout"));
    timer = setTimeout(over, Math.ceil(deadline.remainingMs));
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
