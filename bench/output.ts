/**
 * Where rows go: to whoever looks, to a file of lines, and to the committed figures.
 *
 * @module
 */

import { appendFileSync } from "node:fs";
import { recordFigures } from "./figures.ts";
import { figuresOf, formatRow } from "./row.ts";
import type { Row } from "./row.ts";

export const outputOptions = {
  json: { type: "boolean", default: false },
  into: { type: "string" },
  record: { type: "boolean", default: false },
} as const;

export interface OutputValues {
  /** A line of JSON a row, instead of one for people. */
  readonly json: boolean;
  /** A file that the lines of JSON are appended to. */
  readonly into?: string | undefined;
  readonly record: boolean;
}

export class Output {
  readonly #values: OutputValues;
  readonly #rows: Row[] = [];

  constructor(values: OutputValues) {
    this.#values = values;
  }

  readonly tell = (row: Row): void => {
    const line = JSON.stringify({ ...row, figures: figuresOf(row) });
    this.say(this.#values.json ? line : formatRow(row));
    if (this.#values.into !== undefined) appendFileSync(this.#values.into, `${line}\n`);
    this.#rows.push(row);
  };

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** What was told since the last time. */
  async record(): Promise<void> {
    const rows = this.#rows.splice(0);
    if (this.#values.record) await recordFigures(rows);
  }
}
