/**
 * Sets one password, at most once, top to bottom.
 *
 * find the account → was it written before? → make the write ready → permission → write → what became of it.
 *
 * A write is never sent a second time: the first one may have been the change, or a wrong old password that counted. Where its answer
 * never came, the time at which the password was set tells whether it arrived; where that does not tell either, the answer is
 * `unavailable`, and the person tries the new password.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import { refused } from "../../login/operation.ts";
import type { OperationEnd } from "../../login/operation.ts";
import type { Account, Directory, FailureMarker, OperatorEnd, VerifierContext } from "../../login/ports.ts";
import { unavailable } from "../../login/verdict.ts";
import { FoundAccount } from "../accounts/account.ts";
import { accountStateOf } from "../accounts/account-state.ts";
import { passwordTimeOf } from "../accounts/failure-marker.ts";
import type { Controller } from "../controllers/controller.ts";
import type { Domain } from "../domain.ts";
import { present } from "../ldap/filter.ts";
import type { AnsweredWrite } from "../ldap/ldap-connection.ts";
import type { Preset } from "../preset.ts";
import { explainRestriction } from "./explain-restriction.ts";
import { readyWrite } from "./new-password.ts";
import type { NewPassword } from "./new-password.ts";
import { judgePassword } from "./password-answer.ts";

export interface SetPasswordDeps {
  readonly findAccount: Directory["findAccount"];
  readonly domainOf: (account: Account) => Domain;
  readonly preset: Preset;
  readonly writeTimeoutMs: number;
  /** Between two looks at whether a write arrived. */
  readonly settleMs: number;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

const done: OperationEnd = { outcome: "done", result: { kind: "password_set" } };
/** Before a write that does not show is held to be unresolved. */
const looksMax = 4;

export async function setPassword(
  deps: SetPasswordDeps,
  request: NewPassword,
  context: VerifierContext,
): Promise<OperatorEnd> {
  const { deadline, suspicion } = context;
  context.report("searching");
  const found = await deps.findAccount(request.accountName, deadline, suspicion?.controller);
  if (found.kind === "none") return refused("unknown_account");
  if (found.kind === "several") return refused("ambiguous_account");
  // Unknown: it waits until the gateway knows of it, so without its announcement nothing was written.
  const earlier = suspicion?.marker === undefined ? undefined : { ...suspicion, marker: suspicion.marker };
  if (found.kind === "unavailable") {
    return earlier === undefined
      ? { outcome: "returned", why: found.fault }
      : unavailable("change_unresolved");
  }
  const { account } = found;
  if (!(account instanceof FoundAccount)) throw new Error("an account comes from findAccount");
  const { controllers } = deps.domainOf(account).parts;
  if (earlier !== undefined) {
    return settle(deps, account, controllers.find(earlier.controller), earlier.marker, deadline);
  }
  const controller = controllers.find(account.controller);
  if (controller === undefined) return { outcome: "returned", why: "directory_unreachable" };
  const { problems } = accountStateOf(account.entry, deps.preset.accountState, deps.wallClock());
  if (request.method === "password.change" && problems.includes("account_disabled")) {
    return refused("account_disabled");
  }
  return write(deps, request, account, controller, context);
}

async function write(
  deps: SetPasswordDeps,
  request: NewPassword,
  account: FoundAccount,
  controller: Controller,
  context: VerifierContext,
): Promise<OperatorEnd> {
  const { deadline } = context;
  const { preset, now } = deps;
  const before = await readPasswordTime(preset, account, controller, deadline);
  const ready = await readyWrite(request, account, controller, preset, deadline);
  if (before === undefined || ready.kind === "failed") {
    if (ready.kind === "ready") ready.write[Symbol.dispose]();
    return { outcome: "returned", why: deadline.passed ? "deadline_exceeded" : "directory_unreachable" };
  }
  using prepared = ready.write;
  const evidence = { controller: controller.name, marker: before, confirm: true };
  const permission = await context.permitBind(evidence);
  if (permission === "expired") return { outcome: "returned", why: "expired" };
  if (!prepared.isReady) return { outcome: "returned", why: "directory_unreachable" };
  const startedAtMs = now();
  const answered = await prepared.send(deadline.sooner(deps.writeTimeoutMs));
  const ms = now() - startedAtMs;
  if (answered.kind === "failed") {
    controller.writeEnded(answered.why === "timeout" ? "timeout" : "error", ms);
    return settle(deps, account, controller, before, deadline);
  }
  return judge(deps, request, account, controller, before, { answered, ms }, deadline);
}

async function judge(
  deps: SetPasswordDeps,
  request: NewPassword,
  account: FoundAccount,
  controller: Controller,
  passwordTime: FailureMarker,
  { answered, ms }: { readonly answered: Extract<AnsweredWrite, { kind: "answered" }>; readonly ms: number },
  deadline: Deadline,
): Promise<OperatorEnd> {
  const judged = judgePassword(answered.answer);
  controller.writeEnded(judged.kind === "set" ? "ok" : judged.kind === "fault" ? "error" : "denied", ms);
  switch (judged.kind) {
    case "set":
      return done;
    case "refused":
      return refused(judged.reason);
    case "forbidden": {
      const { baseDn } = deps.domainOf(account).parts;
      const nowMs = deps.wallClock();
      return refused(
        await explainRestriction({ request, account, controller, baseDn, passwordTime, nowMs }, deadline),
      );
    }
    case "declined":
      return { outcome: "returned", why: "directory_unreachable" };
    case "fault":
      return unavailable("directory_refused");
  }
}

/** Whether a write that nobody heard of again arrived. */
async function settle(
  { preset, settleMs }: SetPasswordDeps,
  account: FoundAccount,
  controller: Controller | undefined,
  before: FailureMarker,
  deadline: Deadline,
): Promise<OperationEnd> {
  if (controller === undefined) return unavailable("change_unresolved");
  for (let looks = 0; looks < looksMax && !deadline.passed; looks += 1) {
    const current = await readPasswordTime(preset, account, controller, deadline);
    if (current !== undefined && current !== before) return done;
    await pause(Math.min(settleMs, deadline.remainingMs));
  }
  return unavailable("change_unresolved");
}

/** @returns undefined where it could not be asked. */
async function readPasswordTime(
  preset: Preset,
  account: { readonly distinguishedName: string },
  controller: Controller,
  deadline: Deadline,
): Promise<FailureMarker | undefined> {
  const outcome = await controller.search(
    {
      base: account.distinguishedName,
      scope: "base",
      filter: present("objectClass"),
      attributes: [preset.passwordTimeAttribute],
      entriesMax: 1,
    },
    deadline,
  );
  const [entry] = outcome.kind === "entries" ? outcome.entries : [];
  return entry === undefined ? undefined : passwordTimeOf(entry, preset);
}
