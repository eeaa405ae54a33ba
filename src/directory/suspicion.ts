/**
 * Whether a bind that somebody else may have sent, or whose answer never came, was counted as a wrong password.
 *
 * The account's own failure time tells: it moves with each wrong password, before the answer is sent.
 *
 * - With the failure time from before that bind: it counted if the time is newer now.
 * - Without it, on Active Directory: it counted if the failure time lies after the grant, by the controller's own clock and on the
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
import type { Deadline, MonotonicClock } from "../login/deadline.ts";
import type { Account, FailureMarker, Suspicion, SuspicionOutcome } from "../login/ports.ts";
import type { Controller } from "./controller.ts";
import type { Controllers } from "./controllers.ts";
import { isMarker, isNewer, markerBefore, markerOf } from "./failure-marker.ts";
import { present } from "./filter.ts";
import type { Failure } from "./ldap-connection.ts";
import type { Preset } from "./preset.ts";

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
  return async (account, { controller, marker, grantedAgoMs }, deadline) => {
    if (marker === undefined && !preset.hasClock) return { kind: "unmoved" };
    const suspected = controllers.find(controller);
    if (suspected === undefined || (marker !== undefined && !isMarker(marker))) return { kind: "unknown" };
    const grantedAtMs = now() - grantedAgoMs;

    const there = await judge(suspected, account, marker, grantedAtMs, deadline);
    if (there.kind !== "failed") return there;
    const other = controllers.find(account.controller);
    if (there.why !== "nobody_listens" || other === undefined || other === suspected)
      return { kind: "unknown" };
    const comparable = preset.hasClock ? undefined : marker;
    const here = await judge(other, account, comparable, grantedAtMs, deadline);
    return here.kind === "failed" ? { kind: "unknown" } : here;
  };

  async function judge(
    controller: Controller,
    account: Account,
    marker: FailureMarker | undefined,
    grantedAtMs: number,
    deadline: Deadline,
  ): Promise<SuspicionOutcome | Failure> {
    const before: Reading =
      marker === undefined ? await readClock(controller, grantedAtMs, deadline) : { kind: "read", marker };
    if (before.kind === "failed") return before;
    for (const waitMs of [0, settleMs]) {
      await pause(Math.min(waitMs, deadline.remainingMs));
      const current = await readMarker(controller, account, deadline);
      if (current.kind === "failed") return current;
      if (isNewer(current.marker, before.marker)) return { kind: "moved" };
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

  /** The failure time that a bind at the moment of the grant would have left, at the earliest. */
  async function readClock(
    controller: Controller,
    grantedAtMs: number,
    deadline: Deadline,
  ): Promise<Reading> {
    const attribute = "currentTime";
    const outcome = await controller.search(
      { base: "", scope: "base", filter: present("objectClass"), attributes: [attribute], entriesMax: 1 },
      deadline,
    );
    if (outcome.kind === "failed") return outcome;
    // Taken after the answer: what the answer needed makes the result earlier, which is the safe side.
    const marker = markerBefore(outcome.entries[0]?.text(attribute) ?? "", now() - grantedAtMs);
    return marker === undefined ? { kind: "failed", why: "result_code" } : { kind: "read", marker };
  }
}
