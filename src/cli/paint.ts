/**
 * Colours and passing notes for somebody who watches. Neither is ever in a file or a pipe.
 *
 * @module
 */

import { styleText } from "node:util";

/** `NO_COLOR` and a terminal without colours are minded. @see https://no-color.org */
export function paint(style: "red" | "green" | "yellow" | "dim" | "bold", text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(style, text) : text;
}

const eraseLine = "\r\u001b[K";

/** Says what is waited for, on a line that is gone when it is over. */
export async function whileNoting<T>(note: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  const timer = setTimeout(() => process.stderr.write(`${note} …`), noteAfterMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    process.stderr.write(eraseLine);
  }
}

const noteAfterMs = 1_000;
