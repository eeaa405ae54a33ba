/**
 * One scenario's figures, and whether they keep the promises.
 *
 * @module
 */

import type { EndedLogin } from "./load.ts";
import type { Promised } from "./scenario.ts";

export interface ScenarioResult {
  readonly scenario: string;
  readonly sent: number;
  readonly accepted: number;
  readonly denied: number;
  readonly unavailable: number;
  /** No verdict by the deadline. */
  readonly lost: number;
  /** A verdict that contradicts the truth. */
  readonly wrong: number;
  /** Attempts to which two replicas gave answers that contradict each other. */
  readonly conflicting: number;
  /** Growth of the directory's own counters beyond the wrong passwords that were sent. */
  readonly extraBadCounts: number;
  /** Of all logins. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the logins that were due before the fault. */
  readonly p50NormalMs: number;
  readonly p99NormalMs: number;
  /** Of the logins that were due between the beginning of the fault and its end, or one second if that is longer. */
  readonly p50FaultMs: number;
  readonly p99FaultMs: number;
  readonly slowestFaultMs: number;
  /** From the beginning of the fault until the last login was due that took longer than thrice the time usual before. */
  readonly recoveredMs: number;
  /** Longest time in which somebody was told `unavailable`. */
  readonly unavailableAfterMs: number;
  /** Faults of the unavailable and complaints of the lost, with their numbers. */
  readonly remarks: string;
  /** Promises about what came of the logins. */
  readonly broken: readonly string[];
  /** Promises about their time, which a machine that is busy with something else breaks too. */
  readonly late: readonly string[];
}

export interface Span {
  /** On the clock of the logins' due times. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Observed {
  readonly scenario: string;
  readonly logins: readonly EndedLogin[];
  readonly fault: Span;
  readonly conflicting: number;
  readonly badCountGrowth: number;
  /** Logins that were under way in this time may be unavailable, because there was no path. */
  readonly pathless: readonly Span[];
  readonly promised: Promised;
}

const faultLeastMs = 1_000;
const slowFactor = 3;
const slowLeastMs = 50;
/** A login for which there is no path must say so within this. */
const unavailableWithinMs = 1_500;

export function judge(observed: Observed): ScenarioResult {
  const { scenario, logins, fault, conflicting, badCountGrowth } = observed;
  const having = (end: EndedLogin["end"]): readonly EndedLogin[] =>
    logins.filter((login) => login.end === end);
  const unavailable = having("unavailable");
  const toMs = Math.max(fault.toMs, fault.fromMs + faultLeastMs);
  const during = logins.filter(({ dueAtMs }) => dueAtMs >= fault.fromMs && dueAtMs <= toMs);
  const before = logins.filter(({ dueAtMs }) => dueAtMs < fault.fromMs);
  const wrongSent = logins.filter(({ kind }) => kind === "wrong").reduce((sum, { sent }) => sum + sent, 0);
  const figures = {
    scenario,
    sent: logins.length,
    accepted: having("accepted").length,
    denied: having("denied").length,
    unavailable: unavailable.length,
    lost: having("lost").length,
    wrong: logins.filter(isWrong).length,
    conflicting,
    extraBadCounts: Math.max(0, badCountGrowth - wrongSent),
    p50Ms: round(percentile(logins, 0.5)),
    p99Ms: round(percentile(logins, 0.99)),
    p50NormalMs: round(percentile(before, 0.5)),
    p99NormalMs: round(percentile(before, 0.99)),
    p50FaultMs: round(percentile(during, 0.5)),
    p99FaultMs: round(percentile(during, 0.99)),
    slowestFaultMs: round(percentile(during, 1)),
    recoveredMs: round(recoveredAfter(logins, fault.fromMs, percentile(before, 0.5))),
    unavailableAfterMs: round(percentile(unavailable, 1)),
    remarks: remarksOn(logins),
  };
  return {
    ...figures,
    broken: brokenPromises(figures, unavailable, observed.pathless),
    late: latePromises(figures, observed.promised),
  };
}

type Figures = Omit<ScenarioResult, "broken" | "late">;

function brokenPromises(
  figures: Figures,
  unavailable: readonly EndedLogin[],
  pathless: readonly Span[],
): readonly string[] {
  const broken: string[] = [];
  if (figures.sent === 0) broken.push("nothing was sent");
  for (const what of ["lost", "wrong", "conflicting", "extraBadCounts"] as const) {
    if (figures[what] > 0) broken.push(`${what} ${figures[what]}`);
  }
  const unexcused = unavailable.filter(
    ({ dueAtMs, ms }) => !pathless.some(({ fromMs, toMs }) => dueAtMs + ms >= fromMs && dueAtMs <= toMs),
  );
  if (unexcused.length > 0) broken.push(`unavailable ${unexcused.length} although there was a path`);
  return broken;
}

function latePromises(figures: Figures, promised: Promised): readonly string[] {
  const { p99BeyondNormalMs, p99Factor, p50Factor, slowestMs } = promised;
  const { p50NormalMs, p99NormalMs, p50FaultMs, p99FaultMs, slowestFaultMs, unavailableAfterMs } = figures;
  const late: string[] = [];
  const atMost = (what: string, ms: number, mostMs: number): void => {
    if (ms > mostMs) late.push(`${what} ${ms} ms, promised ${round(mostMs)}`);
  };
  atMost("unavailable said after", unavailableAfterMs, unavailableWithinMs);
  if (p99BeyondNormalMs !== undefined)
    atMost("p99 in the fault", p99FaultMs, p99NormalMs + p99BeyondNormalMs);
  if (p99Factor !== undefined) atMost("p99 in the fault", p99FaultMs, p99Factor * p99NormalMs);
  if (p50Factor !== undefined) atMost("p50 in the fault", p50FaultMs, p50Factor * p50NormalMs);
  if (slowestMs !== undefined) atMost("slowest in the fault", slowestFaultMs, slowestMs);
  return late;
}

export function isWrong({ kind, end }: EndedLogin): boolean {
  return kind === "right" ? end === "denied" : end === "accepted";
}

function recoveredAfter(logins: readonly EndedLogin[], faultFromMs: number, usualMs: number): number {
  const slowMs = Math.max(slowLeastMs, slowFactor * usualMs);
  const slow = logins.filter(({ dueAtMs, ms, end }) => {
    return dueAtMs + ms >= faultFromMs && (ms > slowMs || end === "unavailable" || end === "lost");
  });
  return Math.max(0, ...slow.map(({ dueAtMs }) => dueAtMs - faultFromMs));
}

/** @param share  0.5 is the median, 1 the slowest. */
export function percentile(logins: readonly EndedLogin[], share: number): number {
  const sorted = logins.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function remarksOn(logins: readonly EndedLogin[]): string {
  const noted = logins.filter(({ end }) => end === "unavailable" || end === "lost");
  const groups = Map.groupBy(noted, ({ end, detail }) => `${end}: ${detail}`);
  return [...groups].map(([what, all]) => `${what} ×${all.length}`).join("; ");
}

function round(ms: number): number {
  return Math.round(10 * ms) / 10;
}
