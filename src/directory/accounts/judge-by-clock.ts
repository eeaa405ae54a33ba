/**
 * Whether an account's failure time lies after a moment of ours, by the controller's own clock.
 *
 * That clock tells whole seconds. A failure close to the moment makes us watch it until the second changes; what is still unclear
 * then counts as after: the safe side.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import type { FailureMarker, SuspicionOutcome } from "../../login/ports.ts";
import type { Controller } from "../controllers/controller.ts";
import { ControllerClock } from "../controllers/controller-clock.ts";
import { present } from "../ldap/filter.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { Failure } from "../ldap/ldap-connection.ts";
import { isNewer, markerAt } from "./failure-marker.ts";

export interface ClockQuestion {
  /** On our own clock: the bind, if there was one, was sent later. */
  readonly sinceMs: number;
  readonly deadline: Deadline;
  readonly now: MonotonicClock;
}

/** What the time since the grant does not tell: how long that word itself was on its way here. */
const grantTransitMs = 200;
/** Exact enough for the clock to be believed. */
const enoughMs = 150;
const watchPauseMs = 50;
/** A second, until it must have changed, and some. */
const watchMostMs = 1_300;

export async function judgeByClock(
  controller: Controller,
  current: FailureMarker,
  { sinceMs, deadline, now }: ClockQuestion,
): Promise<SuspicionOutcome | Failure> {
  const clock = new ControllerClock();
  const watching = deadline.sooner(watchMostMs);
  for (;;) {
    const failure = await readClock(controller, clock, deadline, now);
    if (failure !== undefined) return failure;
    const granted = clock.at(sinceMs - grantTransitMs);
    const [earliest, latest] = [markerAt(granted.earliestMs), markerAt(granted.latestMs)];
    if (earliest === undefined || latest === undefined) return { kind: "failed", why: "result_code" };
    if (!isNewer(current, earliest)) return { kind: "unmoved" };
    const isKnownWell = clock.uncertaintyMs < enoughMs || watching.passed;
    if (isKnownWell || isNewer(current, latest)) return { kind: "moved" };
    await pause(Math.min(watchPauseMs, deadline.remainingMs));
  }
}

async function readClock(
  controller: Controller,
  clock: ControllerClock,
  deadline: Deadline,
  now: MonotonicClock,
): Promise<Failure | undefined> {
  const attribute = "currentTime";
  const askedAtMs = now();
  const outcome = await controller.search(
    { base: "", scope: "base", filter: present("objectClass"), attributes: [attribute], entriesMax: 1 },
    deadline,
  );
  if (outcome.kind === "failed") return outcome;
  const unixMs = parseGeneralizedTime(outcome.entries[0]?.text(attribute) ?? "");
  if (unixMs === undefined) return { kind: "failed", why: "result_code" };
  clock.told(unixMs, askedAtMs, now());
  return undefined;
}
