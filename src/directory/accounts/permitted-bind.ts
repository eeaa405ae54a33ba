/**
 * One bind with a person's password: everything made ready first, then permission asked, then written in the same turn.
 *
 * Never retried here: whether binding again could count a wrong password twice is for the caller to find out.
 *
 * @module
 */

import type { MonotonicClock } from "../../login/deadline.ts";
import type { Account, BindOutcome, ReturnReason, VerifierContext } from "../../login/ports.ts";
import type { PasswordState, PasswordStatus } from "../../login/password-state.ts";
import type { Secret } from "../../login/secret.ts";
import type { DenialReason } from "../../login/verdict.ts";
import { judgeBind, subCodeOf } from "./bind-diagnostic.ts";
import type { BindAnswer, JudgedBind } from "./bind-diagnostic.ts";
import { isBindName } from "../ldap/bind-name.ts";
import type { BindLease } from "../controllers/bind-pool.ts";
import type { Controller } from "../controllers/controller.ts";
import type { Controllers } from "../controllers/controllers.ts";
import type { DirectoryEvent, DirectoryLimits, FailureReason } from "../directory-options.ts";
import type { Preset } from "../preset.ts";

export interface BinderDeps {
  readonly controllers: Controllers;
  readonly preset: Preset;
  readonly limits: DirectoryLimits;
  /** States of a right password in which it is accepted although the directory denies the login for it. */
  readonly accept: ReadonlySet<PasswordStatus>;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly now: MonotonicClock;
  readonly observe: (event: DirectoryEvent) => void;
}

/** Told only to somebody whose password is right: the directory compares it first. */
const provenStatuses: ReadonlyMap<DenialReason, PasswordStatus> = new Map([
  ["password_expired", "expired"],
  ["password_must_change", "must_change"],
]);

export type Bind = (account: Account, password: Secret, context: VerifierContext) => Promise<BindOutcome>;

export function createBinder(deps: BinderDeps): Bind {
  const { controllers, preset, limits, now } = deps;
  return async (account, password, context) => {
    const name = account.distinguishedName;
    if (password.reveal() === "") return { kind: "denied", reason: "bad_credentials" };
    // An entry without a name is none that anybody can log in to.
    if (!isBindName(name)) return { kind: "refused", fault: "directory_refused" };
    const controller = controllers.find(account.controller);
    if (controller === undefined || controller.state === "unavailable") {
      return notSent("directory_unreachable");
    }
    const evidence = {
      controller: account.controller,
      ...(account.marker === undefined ? {} : { marker: account.marker }),
      // Without a time to compare, and without a clock, a lost announcement could never be judged.
      confirm: !preset.hasClock,
    };
    // The confirmation takes a round trip to the gateway, in which a connection that others wait for would stand idle.
    if (evidence.confirm && (await context.permitBind(evidence)) === "expired") return notSent("expired");

    const leased = await controller.leaseForBind(context.deadline);
    if (leased.kind === "failed") {
      return notSent(context.deadline.passed ? "deadline_exceeded" : returnReasonOf(leased.why));
    }
    using lease = leased.lease;

    // Of what was permitted before, the wait for a connection may have used up the time.
    const isPermitted = evidence.confirm && context.mayBind;
    if (!isPermitted && (await context.permitBind(evidence)) === "expired") {
      lease.giveBack();
      return notSent("expired");
    }
    if (lease.connection.closed) return notSent("directory_unreachable");
    const startedAtMs = now();
    const overdue = context.deadline.sooner(limits.bindTimeoutMs);
    const sent = await controller.watchBind(lease.connection.bind(name, password, overdue));
    const ms = now() - startedAtMs;
    if (sent.kind === "failed") {
      const isOverdue = sent.why === "timeout";
      controller.bindEnded(isOverdue ? "timeout" : "error", ms);
      return { kind: "unresolved", mayStillCount: isOverdue };
    }
    const subCode = subCodeOf(sent.answer.diagnostic);
    context.answered?.({ code: sent.answer.code, ...(subCode === undefined ? {} : { subCode }) });
    return answered(deps, controller, lease, sent.answer, ms);
  };
}

function answered(
  deps: BinderDeps,
  controller: Controller,
  lease: BindLease,
  answer: BindAnswer,
  ms: number,
): BindOutcome {
  const judged = judgeBind(answer);
  switch (judged.kind) {
    case "accepted": {
      controller.bindEnded("ok", ms);
      lease.giveBack();
      const password = passwordOf(judged, deps.wallClock());
      return { kind: "accepted", ...(password === undefined ? {} : { password }) };
    }
    case "denied": {
      controller.bindEnded("denied", ms);
      lease.giveBack();
      const status = provenStatuses.get(judged.reason);
      return status !== undefined && deps.accept.has(status)
        ? { kind: "accepted", password: { status } }
        : judged;
    }
    case "declined":
      controller.bindDeclined(ms);
      lease.giveBack();
      return notSent("directory_unreachable");
    case "refused":
      controller.bindEnded("error", ms);
      deps.observe({
        kind: "bind_refused",
        controller: controller.name,
        code: answer.code,
        why: judged.why,
      });
      return { kind: "refused", fault: judged.fault };
  }
}

function passwordOf(
  { isExpired, expiresInSeconds }: Extract<JudgedBind, { readonly kind: "accepted" }>,
  nowMs: number,
): PasswordState | undefined {
  if (isExpired) return { status: "expired" };
  if (expiresInSeconds === undefined) return undefined;
  return { status: "valid", expiresAt: new Date(nowMs + 1_000 * expiresInSeconds).toISOString() };
}

function notSent(why: ReturnReason): BindOutcome {
  return { kind: "not_sent", why };
}

function returnReasonOf(why: FailureReason): ReturnReason {
  return why === "overloaded" ? "connector_busy" : "directory_unreachable";
}
