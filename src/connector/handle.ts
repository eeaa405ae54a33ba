/**
 * What a replica does with one login, or another request, top to bottom.
 *
 * announce → claim a slot → grant → ask the directory → verdict; and at any time: revoke → say what became of it.
 *
 * Owns: the order of these steps, and that a request is begun at most once. Does not own: what is done (`Verifier`, `Operator`),
 * how much fits (`Admission`), when a bind may still be sent (`GrantWindow`), the bus.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import { Deadline, type MonotonicClock } from "../login/deadline.ts";
import type { ControllerName, Operator, Verifiers } from "../login/ports.ts";
import { dropSecrets, isOperation } from "../login/request.ts";
import { unavailable } from "../login/verdict.ts";
import type { Announce, Claim, Decline } from "../protocol/messages.ts";
import type { GrantBody } from "../protocol/sealed-bodies.ts";
import type { Events } from "../telemetry/events.ts";
import type { Admission } from "./admission.ts";
import { finalBody, fitted, type WorkEnd } from "./final-body.ts";
import { grantedRequest, traceParent } from "./granted-request.ts";
import { GrantWindow } from "./grant-window.ts";
import { RunningAttempt, type Send } from "./running-attempt.ts";
import { takes, verifyAttempt } from "./verify-attempt.ts";

export interface HandlerDeps {
  readonly connection: ConnectionName;
  readonly admission: Admission;
  readonly verifiers: Verifiers;
  readonly operator: Operator;
  readonly needsAllGroups: boolean;
  /** The controller that the next login would use; undefined while this replica should not be given any. */
  readonly controller: () => ControllerName | undefined;
  readonly now: MonotonicClock;
  readonly events: Events;
}

export type AnnounceAnswer =
  Pick<Claim, "type" | "id" | "controller" | "freeSlots"> | Pick<Decline, "type" | "why">;

const expired: WorkEnd = { outcome: "returned", why: "expired" };

export type Handler = ReturnType<typeof createHandler>;

export function createHandler(deps: HandlerDeps) {
  const { connection, admission, events, now } = deps;
  return { announced, granted, revoked, renewed };

  function announced({ attempt, method }: Announce): AnnounceAnswer {
    const controller = deps.controller();
    if (controller === undefined || !takes(deps.verifiers, method)) return decline("not_ready");
    const claim = admission.claim(attempt, controller);
    if (claim === undefined) return decline("busy");
    events.announceAnswered({ connection, answer: "claim" });
    return { type: "claim", id: claim.id, controller: claim.controller, freeSlots: admission.freeSlots };
  }

  async function granted(id: AttemptId, grant: GrantBody, send: Send): Promise<void> {
    const claim = admission.takeClaim(id, grant.claim);
    if (claim === undefined) return revoked(id, send); // too late, or known already: say what became of it
    const [{ suspicion, method }, { controller }] = [grant, claim];
    const window = new GrantWindow(claim.atMs, grant.windowMs, now);
    const deadline = Deadline.after(grant.remainingMs, now);
    const running = new RunningAttempt({ deadline, window, claimedController: controller, suspicion, send });
    admission.start(id, running);
    if (suspicion !== undefined) events.suspicionReceived({ attempt: id, connection });

    const startedAtMs = now();
    const end = fitted(window.open ? await perform(id, grant, running) : expired, deps.needsAllGroups);
    const body = finalBody(end);
    admission.finish(id, body);
    running.answer(body);
    const told = { attempt: id, connection, method, end, ms: now() - startedAtMs, controller };
    const course = { suspected: suspicion !== undefined, trace: running.trace, parent: traceParent(grant) };
    events.verificationEnded({ ...told, ...course });
  }

  function revoked(id: AttemptId, send: Send): void {
    const entry = admission.find(id);
    switch (entry?.state) {
      case "running":
        entry.attempt.answerTo(send);
        entry.attempt.tellWorking();
        break;
      case "finished":
        send(entry.body);
        break;
      case "claimed":
      case "withdrawn":
      case undefined:
        admission.withdraw(id);
        send({ type: "not_started" });
    }
  }

  function renewed(id: AttemptId, sequence: number): void {
    const entry = admission.find(id);
    if (entry?.state === "running") entry.attempt.renewed(sequence);
  }

  function decline(why: Decline["why"]): AnnounceAnswer {
    events.announceAnswered({ connection, answer: why });
    return { type: "decline", why };
  }

  async function perform(id: AttemptId, grant: GrantBody, running: RunningAttempt): Promise<WorkEnd> {
    const request = grantedRequest(id, connection, grant);
    try {
      return isOperation(request)
        ? await deps.operator.perform(request, running)
        : await verifyAttempt(deps.verifiers, request, running);
    } catch (error) {
      events.defect({ where: "verifier", error });
      return unavailable("internal_error");
    } finally {
      dropSecrets(request);
    }
  }
}
