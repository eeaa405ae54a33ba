/**
 * One scenario's figures, and whether they keep the promises.
 *
 * @module
 */

import type { EndedLogin } from "./load.ts";

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
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the logins that were due between the beginning of the fault and its end, or one second if that is longer. */
  readonly p99FaultMs: number;
  readonly slowestMs: number;
  /** From the beginning of the fault until the last login was due that took longer than thrice the time usual before. */
  readonly recoveredMs: number;
  /** Longest time in which somebody was told `unavailable`. */
  readonly unavailableAfterMs: number;
  /** Faults of the unavailable and complaints of the lost, with their numbers. */
  readonly remarks: string;
  readonly broken: readonly string[];
}

export interface Observed {
  readonly scenario: string;
  readonly logins: readonly EndedLogin[];
  /** On the clock of the logins' due times. */
  readonly faultFromMs: number;
  readonly faultToMs: number;
  readonly conflicting: number;
  readonly badCountGrowth: number;
  /** Logins that were under way in this time may be unavailable, because there was no path. */
  readonly pathless?: { readonly fromMs: number; readonly toMs: number };
}

const faultWindowLeastMs = 1_000;
const slowFactor = 3;
const slowLeastMs = 50;
/** A login for which there is no path must say so within this. */
const unavailableWithinMs = 1_500;

export function judge(observed: Observed): ScenarioResult {
  const { scenario, logins, faultFromMs, conflicting, badCountGrowth } = observed;
  const faultToMs = Math.max(observed.faultToMs, faultFromMs + faultWindowLeastMs);
  const having = (end: EndedLogin["end"]): readonly EndedLogin[] =>
    logins.filter((login) => login.end === end);
  const unavailable = having("unavailable");
  const wrong = logins.filter(isWrong);
  const during = logins.filter(({ dueAtMs }) => dueAtMs >= faultFromMs && dueAtMs <= faultToMs);
  const usualMs = percentile(
    logins.filter(({ dueAtMs }) => dueAtMs < faultFromMs),
    0.5,
  );
  const wrongSent = logins.filter(({ kind }) => kind === "wrong").reduce((sum, { sent }) => sum + sent, 0);
  const figures = {
    scenario,
    sent: logins.length,
    accepted: having("accepted").length,
    denied: having("denied").length,
    unavailable: unavailable.length,
    lost: having("lost").length,
    wrong: wrong.length,
    conflicting,
    extraBadCounts: Math.max(0, badCountGrowth - wrongSent),
    p50Ms: round(percentile(logins, 0.5)),
    p99Ms: round(percentile(logins, 0.99)),
    p99FaultMs: round(percentile(during, 0.99)),
    slowestMs: round(percentile(logins, 1)),
    recoveredMs: round(recoveredAfter(logins, faultFromMs, usualMs)),
    unavailableAfterMs: round(percentile(unavailable, 1)),
    remarks: remarksOn(logins),
  };
  return { ...figures, broken: brokenPromises(figures, unavailable, observed) };
}

function brokenPromises(
  figures: Omit<ScenarioResult, "broken">,
  unavailable: readonly EndedLogin[],
  { pathless }: Observed,
): readonly string[] {
  const broken: string[] = [];
  if (figures.sent === 0) broken.push("nothing was sent");
  for (const what of ["lost", "wrong", "conflicting", "extraBadCounts"] as const) {
    if (figures[what] > 0) broken.push(`${what} ${figures[what]}`);
  }
  const unexcused = unavailable.filter(
    ({ dueAtMs, ms }) => pathless === undefined || dueAtMs + ms < pathless.fromMs || dueAtMs > pathless.toMs,
  );
  if (unexcused.length > 0) broken.push(`unavailable ${unexcused.length} although there was a path`);
  if (figures.unavailableAfterMs > unavailableWithinMs) {
    broken.push(`unavailable said only after ${figures.unavailableAfterMs} ms`);
  }
  return broken;
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
