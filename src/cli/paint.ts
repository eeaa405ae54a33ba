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

const noteAfterMs = 1_000;
const eraseLine = "\r\u001b[K";

/** Says what is waited for, once nothing else has been said for a second, on a line that is gone when there is. */
export class PassingNote implements Disposable {
  readonly #text: string;
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  constructor(text: string) {
    this.#text = text;
    this.wait();
  }

  /** From now on. */
  wait(): void {
    if (!process.stderr.isTTY) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(), noteAfterMs);
  }

  /** Before something else is printed. */
  hide(): void {
    clearTimeout(this.#timer);
    if (this.#isShown) process.stderr.write(eraseLine);
    this.#isShown = false;
  }

  [Symbol.dispose](): void {
    this.hide();
  }

  #show(): void {
    this.#isShown = true;
    process.stderr.write(`${this.#text} …`);
  }
}

export async function whileNoting<T>(text: string, work: Promise<T>): Promise<T> {
  const note = new PassingNote(text);
  try {
    return await work;
  } finally {
    note.hide();
  }
}
