/**
 * What is measured, one row each: what is printed, plotted, written into the docs and compared with earlier runs.
 *
 * @module
 */

export interface Row {
  /** The measurement that it belongs to. */
  readonly section: string;
  /** What was measured, and under which circumstances. */
  readonly name: string;
  readonly at: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
}

export function formatRow({ name, at, figures }: Row): string {
  const circumstances = Object.entries(at).map(([what, value]) => `${what} ${value}`);
  const measured = Object.entries(figures).map(([what, value]) => `${what} ${rounded(value)}`);
  return `${name.padEnd(34)}${circumstances.join(", ").padEnd(36)}${measured.join("   ")}`;
}

export function rounded(value: number): number {
  return Number(value.toPrecision(value >= 1_000 ? 4 : 3));
}
