/**
 * Whether something became slower than the committed figures say, or costs more.
 *
 * A ratio that looks worse is measured again: it has become worse when it looks so each time. How much is too much comes from how far the
 * rounds were apart, now and then. What is counted is exact, and measured once.
 *
 * @module
 */

import { findRow } from "./figures.ts";
import { ratioIn } from "./ratios.ts";
import type { Spread, Ratio } from "./ratios.ts";
import { figuresOf } from "./row.ts";
import type { Row } from "./row.ts";

/** `unsure`: it looks worse or could not be measured, but the machine was too busy to tell. */
export type End = "kept" | "worse" | "unsure";

export interface Judgement {
  readonly name: string;
  readonly end: End;
  readonly committed: number;
  readonly measured: number;
  /** As a share of what is committed. */
  readonly tolerated: number;
}

const measurementsMax = 3;
/** Two good runs of one machine differ by as much. */
const toleratedMin = 0.12;
/** Of the noise of single rounds; that of their median is about half as much. */
const noiseFactor = 3;
/** Beyond this a ratio that looks worse says nothing. */
const toleratedMax = 0.4;
/** Bytes: ids and times have not always the same number of digits. */
const bytesTolerated = 0.03;

/** @param measure  The rows that these ratios are made of, measured anew; without those that could not be. */
export async function checkRatios(
  ratios: readonly Ratio[],
  committed: readonly Row[],
  measure: (ratios: readonly Ratio[]) => Promise<readonly Row[]>,
): Promise<readonly Judgement[]> {
  const judgements = new Map<Ratio, Judgement>();
  let open = ratios;
  for (let measurement = 1; measurement <= measurementsMax && open.length > 0; measurement += 1) {
    const rows = await measure(open);
    for (const ratio of open) {
      const [before, now] = [ratioIn(ratio, committed), ratioIn(ratio, rows)];
      if (before === undefined) throw new Error(`no figures are committed of ${ratio.name}`);
      judgements.set(ratio, now === undefined ? unmeasured(ratio, before) : judge(ratio, before, now));
    }
    open = open.filter((ratio) => judgements.get(ratio)?.end !== "kept");
  }
  return [...judgements.values()];
}

function unmeasured({ name }: Ratio, { median: committed }: Spread): Judgement {
  return { name, end: "unsure", committed, measured: Number.NaN, tolerated: toleratedMin };
}

export function judge(
  { name, better }: Pick<Ratio, "name" | "better">,
  committed: Spread,
  measured: Spread,
): Judgement {
  const change = measured.median / committed.median - 1;
  const loss = better === "higher" ? -change : change;
  const tolerated = Math.max(toleratedMin, noiseFactor * Math.hypot(committed.noise, measured.noise));
  const isWorse = Number.isNaN(loss) || loss > tolerated;
  const isUnsure = loss > toleratedMin && tolerated > toleratedMax;
  const end = isUnsure ? "unsure" : isWorse ? "worse" : "kept";
  return { name, end, committed: committed.median, measured: measured.median, tolerated };
}

/** Each row that was measured beside the committed one of its name. */
export function checkCounts(committed: readonly Row[], measured: readonly Row[]): readonly Judgement[] {
  return measured.flatMap((row) => {
    const found = findRow(committed, row);
    if (found === undefined) throw new Error(`no figures are committed of ${row.name}`);
    const before = figuresOf(found);
    return Object.entries(figuresOf(row)).map(([what, count]) => {
      const [limit, tolerated] = [before[what] ?? 0, what === "busBytes" ? bytesTolerated : 0];
      const end = count <= limit * (1 + tolerated) ? ("kept" as const) : ("worse" as const);
      return { name: `${row.name}: ${what}`, end, committed: limit, measured: count, tolerated };
    });
  });
}

export function formatJudgement({ name, end, committed, measured, tolerated }: Judgement): string {
  const figures = [committed, measured].map((value) => value.toFixed(2).padStart(9)).join("");
  return `${end.padEnd(8)}${name.padEnd(62)}${figures}   ± ${(100 * tolerated).toFixed(0)} %`;
}

/** 1 where something is worse; 2 where the machine was too busy to tell. */
export function exitCodeOf(judgements: readonly Judgement[]): number {
  if (judgements.some(({ end }) => end === "worse")) return 1;
  return judgements.some(({ end }) => end === "unsure") ? 2 : 0;
}
