/**
 * The figures that are committed: what was measured, when, and on which machine.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { format } from "prettier";
import { shortened } from "./row.ts";
import type { Row } from "./row.ts";

/** What figures depend on. Not its name. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  /** Its version, without what a distribution adds. */
  readonly kernel: string;
  readonly node: string;
}

export interface Figures {
  readonly machine: Machine;
  /** The day of the last measurement, in UTC. */
  readonly measured: string;
  readonly rows: readonly Row[];
}

const file = join(import.meta.dirname, "figures.json");
const bytesInGb = 1_073_741_824;

export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGb: Math.round(totalmem() / bytesInGb),
    kernel: /^[\d.]+/.exec(release())?.[0] ?? release(),
    node: process.versions.node,
  };
}

/** In UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

export function readFigures(): Figures {
  const figures: Figures = JSON.parse(readFileSync(file, "utf8"));
  return figures;
}

/** Puts these rows in the place of earlier ones of the same things. What was measured on another machine goes. */
export async function recordFigures(rows: readonly Row[]): Promise<void> {
  const figures = withRows(readFigures(), rows, thisMachine(), today());
  writeFileSync(file, await format(JSON.stringify(figures), { filepath: file, printWidth: 110 }));
}

export function withRows(
  earlier: Figures,
  rows: readonly Row[],
  machine: Machine,
  measured: string,
): Figures {
  const kept = isDeepStrictEqual(earlier.machine, machine) ? earlier.rows : [];
  const all = new Map([...kept, ...rows].map((row) => [keyOf(row), shortened(row)]));
  return { machine, measured, rows: [...all.values()] };
}

/** Whether speeds that were measured on one of them mean something on the other. */
export function isComparable(one: Machine, other: Machine): boolean {
  return one.cpu === other.cpu && one.cores === other.cores;
}

/** Undefined where it was not measured. */
export function findRow(rows: readonly Row[], wanted: Pick<Row, "section" | "name" | "at">): Row | undefined {
  return rows.find((row) => keyOf(row) === keyOf(wanted));
}

function keyOf({ section, name, at }: Pick<Row, "section" | "name" | "at">): string {
  return `${section}: ${name} ${JSON.stringify(at)}`;
}
