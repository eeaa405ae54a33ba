/**
 * What a replica does with one login, top to bottom.
 *
 * announce → claim a slot → grant → verify against the directory → verdict; and at any time: revoke → say what became of it.
 *
 * Owns: the order of these steps, and that an attempt is begun at most once. Does not own: what verifying is (a `Verifier`), how
 * many attempts fit (`Admission`), when a bind may still be sent (`GrantWindow`), the bus.
 *
 * @module
 */

import type { AttemptId, ConnectionName, Method } from "../login/attempt.ts";
import { Deadline } from "../login/deadline.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import type { ControllerName, Verifier, VerifierEnd } from "../login/ports.ts";
import { Secret } from "../login/secret.ts";
import { unavailable } from "../login/verdict.ts";
import type { Announce, Claim, Decline } from "../protocol/messages.ts";
import type { GrantBody } from "../protocol/sealed-bodies.ts";
import type { Events } from "../telemetry/events.ts";
import type { Admission } from "./admission.ts";
import { finalBody } from "./final-body.ts";
import { GrantWindow } from "./grant-window.ts";
import { RunningAttempt } from "./running-attempt.ts";
import type { Send } from "./running-attempt.ts";

export interface HandlerDeps {
  readonly connection: ConnectionName;
  readonly admission: Admission;
  readonly verifiers: Readonly<Record<Method, Verifier>>;
  /** The controller that the next login would use; undefined while this replica should not be given any. */
  readonly controller: () => ControllerName | undefined;
  readonly now: MonotonicClock;
  readonly events: Events;
}

export type AnnounceAnswer =
  Pick<Claim, "type" | "id" | "controller" | "freeSlots"> | Pick<Decline, "type" | "why">;

export type Handler = ReturnType<typeof createHandler>;

export function createHandler(deps: HandlerDeps) {
  const { connection, admission, events, now } = deps;
  return { announced, granted, revoked, renewed };

  function announced({ attempt }: Announce): AnnounceAnswer {
    const controller = deps.controller();
    if (controller === undefined) return decline("not_ready");
    const claim = admission.claim(attempt, controller);
    if (claim === undefined) return decline("busy");
    events.announceAnswered({ connection, answer: "claim" });
    return { type: "claim", id: claim.id, controller: claim.controller, freeSlots: admission.freeSlots };
  }

  async function granted(id: AttemptId, grant: GrantBody, send: Send): Promise<void> {
    const claim = admission.takeClaim(id, grant.claim);
    if (claim === undefined) return revoked(id, send); // too late, or known already: say what became of it
    const { suspicion, method } = grant;
    const { controller } = claim;
    const window = new GrantWindow(claim.atMs, grant.windowMs, now);
    const deadline = Deadline.after(grant.remainingMs, now);
    const running = new RunningAttempt({ deadline, window, claimedController: controller, suspicion, send });
    admission.start(id, running);
    if (suspicion !== undefined) events.suspicionReceived({ attempt: id, connection });

    const startedAtMs = now();
    const end = window.open ? await verify(id, grant, running) : expired;
    const body = finalBody(end);
    admission.finish(id, body);
    running.answer(body);
    const ms = now() - startedAtMs;
    events.verificationEnded({ attempt: id, connection, method, end, ms, controller });
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

  async function verify(id: AttemptId, grant: GrantBody, running: RunningAttempt): Promise<VerifierEnd> {
    const password = new Secret(grant.password);
    const { method, accountName } = grant;
    try {
      return await deps.verifiers[method].verify({ id, connection, method, accountName, password }, running);
    } catch (error) {
      events.defect({ where: "verifier", error });
      return unavailable("internal_error");
    } finally {
      password.drop();
    }
  }
}

const expired: VerifierEnd = { outcome: "returned", why: "expired" };
