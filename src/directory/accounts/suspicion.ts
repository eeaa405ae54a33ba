/**
 * Whether a bind that somebody else may have sent, or whose answer never came, was counted as a wrong password.
 *
 * The account's own failure time tells: it moves with each wrong password, before the answer is sent.
 *
 * - With the failure time from before that bind: it counted if the time is newer now.
 * - Without it, on Active Directory: it counted if the failure time lies after the grant, by the controller's own clock. That tells
 *   whole seconds; a failure close to the grant makes us watch until the second changes, and what is still unclear then counts: the
 *   safe side. Without it on OpenLDAP nothing was bound: there each bind waits until that time is known elsewhere.
 * - Where nothing listens on that controller any more, the server that may have held the bind is gone and cannot count it later. What
 *   it passed on before shows on the controller that the account was found on. Active Directory's controllers have failure times of
 *   their own each, so there the clock decides; OpenLDAP replicates them, so they are compared as they are.
 * - A controller that is only silent may count at any moment: nothing is known then.
 *
 * @see MS-ADA1 2.52 — badPasswordTime is not replicated
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import type { Account, FailureMarker, Suspicion, SuspicionOutcome } from "../../login/ports.ts";
import type { Controller } from "../controllers/controller.ts";
import type { Controllers } from "../controllers/controllers.ts";
import { isMarker, isNewer, markerOf } from "./failure-marker.ts";
import { present } from "../ldap/filter.ts";
import type { Failure } from "../ldap/ldap-connection.ts";
import { judgeByClock } from "./judge-by-clock.ts";
import type { Preset } from "../preset.ts";

export interface SuspicionDeps {
  readonly controllers: Controllers;
  readonly preset: Preset;
  /** Before a failure time that did not move is believed: a controller may need a moment to count. */
  readonly settleMs: number;
  readonly now: MonotonicClock;
}

type Reading = { readonly kind: "read"; readonly marker: FailureMarker } | Failure;

export type CheckSuspicion = (
  account: Account,
  suspicion: Suspicion,
  deadline: Deadline,
) => Promise<SuspicionOutcome>;

export function createSuspicionCheck({ controllers, preset, settleMs, now }: SuspicionDeps): CheckSuspicion {
  return async (account, { controller, marker, withinMs }, deadline) => {
    if (marker === undefined && !preset.hasClock) return { kind: "unmoved" };
    const suspected = controllers.find(controller);
    if (suspected === undefined || (marker !== undefined && !isMarker(marker))) return { kind: "unknown" };
    const sinceMs = now() - withinMs;

    const there = await judge(suspected, account, marker, sinceMs, deadline);
    if (there.kind !== "failed") return there;
    const other = controllers.find(account.controller);
    if (there.why !== "nobody_listens" || other === undefined || other === suspected)
      return { kind: "unknown" };
    const comparable = preset.hasClock ? undefined : marker;
    const here = await judge(other, account, comparable, sinceMs, deadline);
    return here.kind === "failed" ? { kind: "unknown" } : here;
  };

  async function judge(
    controller: Controller,
    account: Account,
    marker: FailureMarker | undefined,
    sinceMs: number,
    deadline: Deadline,
  ): Promise<SuspicionOutcome | Failure> {
    for (const waitMs of [0, settleMs]) {
      await pause(Math.min(waitMs, deadline.remainingMs));
      const current = await readMarker(controller, account, deadline);
      if (current.kind === "failed") return current;
      const verdict =
        marker === undefined
          ? await judgeByClock(controller, current.marker, { sinceMs, deadline, now })
          : ({ kind: isNewer(current.marker, marker) ? "moved" : "unmoved" } as const);
      if (verdict.kind !== "unmoved") return verdict;
    }
    return { kind: "unmoved" };
  }

  async function readMarker(controller: Controller, account: Account, deadline: Deadline): Promise<Reading> {
    const outcome = await controller.search(
      {
        base: account.distinguishedName,
        scope: "base",
        filter: present("objectClass"),
        attributes: [preset.failureAttribute],
        entriesMax: 1,
      },
      deadline,
    );
    if (outcome.kind === "failed") return outcome;
    const [entry] = outcome.entries;
    const marker = entry === undefined ? undefined : markerOf(entry, preset);
    return marker === undefined ? { kind: "failed", why: "result_code" } : { kind: "read", marker };
  }
}
