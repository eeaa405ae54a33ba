/**
 * Waits for a promise, but not for ever.
 *
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";

/** The work itself goes on: who started it decides what becomes of its result. */
export async function withinDeadline<T>(deadline: Deadline, work: Promise<T>): Promise<T | "timeout"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(resolve, Math.ceil(deadline.remainingMs), "timeout");
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
