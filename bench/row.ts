/**
 * What is measured, one row each: what is printed, kept in `figures.json`, plotted, and compared with later runs.
 *
 * @module
 */

import { median } from "./rates.ts";

export interface Row {
  /** The measurement that it belongs to. */
  readonly section: string;
  /** What was measured, and under which circumstances. */
  readonly name: string;
  readonly at: Readonly<Record<string, number>>;
  /** Each figure in each round. Rounds of the rows of one run stand beside each other: they shared the machine's moments. */
  readonly rounds: Readonly<Record<string, readonly number[]>>;
}

/** Medians of the rounds. */
export function figuresOf({ rounds }: Row): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(rounds).map(([what, values]) => [what, median(values)]));
}

/** Without the last digits, which say nothing. */
export function shortened({ rounds, ...row }: Row): Row {
  const short = Object.entries(rounds).map(([what, values]) => [what, values.map(rounded)] as const);
  return { ...row, rounds: Object.fromEntries(short) };
}

export function formatRow(row: Row): string {
  const circumstances = Object.entries(row.at).map(([what, value]) => `${what} ${value}`);
  const measured = Object.entries(figuresOf(row)).map(([what, value]) => `${what} ${rounded(value)}`);
  return `${row.name.padEnd(34)}${circumstances.join(", ").padEnd(36)}${measured.join("   ")}`;
}

/** To three digits, or four where there are as many before the point. */
export function rounded(value: number): number {
  return Number(value.toPrecision(Math.abs(value) >= 1_000 ? 4 : 3));
}
