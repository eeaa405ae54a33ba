/**
 * One measurement of the bench.
 *
 * @module
 */

import type { Row } from "../row.ts";

export interface SectionOptions {
  readonly rounds: number;
  /** For each contestant in each round. */
  readonly ms: number;
  readonly users: number;
  readonly latenciesMs: readonly number[];
  /** Of the contestants, by their names; those that nobody wants are not even started. */
  readonly wants: (name: string) => boolean;
  /** What is run, instead of what is built. */
  readonly main?: string;
  /** Of the programs. */
  readonly env: Readonly<Record<string, string>>;
  readonly say: (sentence: string) => void;
  readonly tell: (row: Row) => void;
}

export interface Section {
  readonly name: string;
  readonly what: string;
  run(options: SectionOptions): Promise<void>;
}
