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
export function withinDeadline<T>(deadline: Deadline, work: Promise<T>): Promise<T | "timeout"> {
  return new Promise((resolve, reject) => {
    const over = (): void => void setImmediate(() => setImmediate(resolve, "timeout"));
    const timer = setTimeout(over, Math.ceil(deadline.remainingMs));
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
