/**
 * Results as a table for people.
 *
 * @module
 */

import type { ScenarioResult } from "./result.ts";

const columns = [
  ["sent", (result) => result.sent],
  ["accepted", (result) => result.accepted],
  ["denied", (result) => result.denied],
  ["unavail.", (result) => result.unavailable],
  ["lost", (result) => result.lost],
  ["wrong", (result) => result.wrong],
  ["conflict.", (result) => result.conflicting],
  ["extra bad", (result) => result.extraBadCounts],
  ["p50 ms", (result) => result.p50Ms],
  ["p99 ms", (result) => result.p99Ms],
  ["p99 norm.", (result) => result.p99NormalMs],
  ["p99 fault", (result) => result.p99FaultMs],
  ["slowest", (result) => result.slowestFaultMs],
  ["recovered", (result) => result.recoveredMs],
] as const satisfies readonly (readonly [string, (result: ScenarioResult) => number])[];

const nameWidth = 26;
const columnWidth = 10;

export function tableHead(): string {
  return "scenario".padEnd(nameWidth) + columns.map(([title]) => title.padStart(columnWidth)).join("");
}

export function tableRow(result: ScenarioResult): string {
  const cells = columns.map(([, value]) => String(value(result)).padStart(columnWidth)).join("");
  const remarks = result.remarks === "" ? "" : `\n${" ".repeat(4)}${result.remarks}`;
  const broken = result.broken.map((promise) => `\n    BROKEN: ${promise}`).join("");
  const late = result.late.map((promise) => `\n    LATE: ${promise}`).join("");
  return result.scenario.padEnd(nameWidth) + cells + remarks + broken + late;
}
