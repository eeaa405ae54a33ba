/**
 * Finds a replica that will take one login: announce, wait for a claim, announce again.
 *
 * Nothing about the person has left this program yet, so asking again and again does no harm. What bounds it is the patience: a
 * login that nobody wants gets its answer while a person still waits, not at the end of a long deadline.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Deadline, MonotonicClock } from "../login/deadline.ts";
import type { End } from "../login/operation.ts";
import type { Method } from "../login/request.ts";
import { unavailable } from "../login/verdict.ts";
import type { Fault } from "../login/verdict.ts";
import { withinDeadline } from "../login/within-deadline.ts";
import type { BodyToGateway } from "../protocol/sealed-bodies.ts";
import type { Session } from "../protocol/session.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import type { Events } from "../telemetry/events.ts";
import { reasonOf } from "../telemetry/reason-of.ts";
import type { ClaimTimeout } from "./claim-timeout.ts";
import type { Exchange, ExchangeEvent } from "./exchange.ts";
import type { ClaimedReplica } from "./granted-replica.ts";
import type { Peer } from "./opened-sessions.ts";
import { patienceMs } from "./patience.ts";
import type { Replicas } from "./replicas.ts";

export interface FindReplicaDeps {
  readonly replicas: Replicas;
  readonly claimTimeout: ClaimTimeout;
  readonly obtainSession: (peer: Peer) => Promise<Session | undefined>;
  /** Publishes the announce to the queue group, or straight to one inbox; false while the bus is down. */
  readonly announce: (
    exchange: Exchange,
    method: Method,
    remainingMs: number,
    inbox: string | undefined,
  ) => boolean;
  readonly events: Events;
  readonly now: MonotonicClock;
  readonly random: () => number;
}

export type FoundReplica =
  | ({ readonly kind: "claimed" } & ClaimedReplica)
  /** The end of an earlier grant came in after all, or nobody is left to ask. */
  | { readonly kind: "end"; readonly end: End };

/** For a session that is not there yet, before another replica is asked instead. */
const handshakeMs = 300;
/** Before the next announce, so that a thousand logins do not come back in one wave: twice as long each time, at random. */
const pauseFirstMs = 15;
const pauseMostMs = 120;

export interface Search {
  readonly exchange: Exchange;
  readonly method: Method;
  readonly deadline: Deadline;
  readonly patience: Deadline;
  /** Those that were asked are added. */
  readonly tried: Set<ProcessId>;
}

export async function findReplica(search: Search, deps: FindReplicaDeps): Promise<FoundReplica> {
  const { attempt, connection } = search.exchange;
  const startedAtMs = deps.now();
  const found = await seekReplica(search, deps);
  const [outcome, reason] =
    found.kind === "claimed" ? [found.kind, "none"] : [found.end.outcome, reasonOf(found.end)];
  deps.events.replicaSought({ attempt, connection, outcome, reason, ms: deps.now() - startedAtMs });
  return found;
}

async function seekReplica(
  { exchange, method, deadline, patience, tried }: Search,
  deps: FindReplicaDeps,
): Promise<FoundReplica> {
  const { replicas, events, now } = deps;
  const { attempt, connection } = exchange;
  let until = patience;
  let fault: Fault = "no_connector";
  let asked = new Asked();
  let wasCutOff = false;

  for (let repeats = 0; !until.passed; repeats += 1) {
    const target = replicas.choose(method, tried);
    if (target !== undefined) tried.add(target.replica);
    asked.note(target?.replica, now());
    const answer = deps.announce(exchange, method, deadline.remainingMs, target?.inbox)
      ? await nextAnswer(exchange, until.sooner(deps.claimTimeout.ms), until)
      : await busIsBack(exchange, until);

    switch (answer.kind) {
      case "end":
        return answer;
      case "claim": {
        const { claim } = answer;
        const claimedAtMs = now();
        const ms = claimedAtMs - asked.sinceMs(claim.replica, claimedAtMs);
        deps.claimTimeout.took(ms);
        events.claimReceived({ connection, ms });
        // A handshake goes on for the logins that come after.
        const session = await withinDeadline(until.sooner(handshakeMs), deps.obtainSession(claim));
        if (session !== undefined && session !== "timeout")
          return { kind: "claimed", claim, session, claimedAtMs };
        // One that answers and is not believed was reached.
        if (session === "timeout") replicas.unreached(claim.replica, claim.inbox);
        tried.add(claim.replica);
        break;
      }
      case "decline":
        tried.add(answer.replica);
        fault = answer.why === "busy" ? "connector_busy" : "connector_not_ready";
        events.announceRepeated({ attempt, connection, why: answer.why });
        break;
      case "no_responders":
        if (!replicas.anyKnown(method)) return nobody("no_connector");
        if (target !== undefined) replicas.unreached(target.replica, target.inbox);
        // Those without a controller have left the queue group, and go on beating.
        if (replicas.noneIsReady) fault = "connector_not_ready";
        events.announceRepeated({ attempt, connection, why: "no_responders" });
        break;
      case "no_claim":
        if (target === undefined) replicas.missedByQueue();
        else replicas.missed(target);
        events.announceRepeated({ attempt, connection, why: "no_claim" });
        break;
      case "working":
        // One that was given up as silent is there after all, and has its reasons to decline: its verdict is worth the wait.
        until = deadline.sooner(patienceMs);
        break;
      case "bus_back":
        // The replicas may be on their way back as well, and whoever has waited for this program's own path has not waited for them.
        if (!wasCutOff) until = deadline.sooner(patienceMs);
        wasCutOff = true;
        break;
      case "bus_disconnected":
        return nobody(deadline.passed ? "deadline_exceeded" : "bus_disconnected");
    }
    if (answer.kind !== "no_claim") {
      asked = new Asked();
      await pause(Math.min(until.remainingMs, deps.random() * pauseAfter(repeats)));
    }
  }
  return nobody(deadline.passed ? "deadline_exceeded" : fault);
}

/** Since when a claim may have been on its way: a late one answers the first announce that could have led to it, and must not look fast. */
class Asked {
  #queueAtMs = Infinity;
  readonly #directlyAtMs = new Map<ProcessId, number>();

  /** @param replica  Absent where the queue group was asked. */
  note(replica: ProcessId | undefined, atMs: number): void {
    if (replica === undefined) this.#queueAtMs = Math.min(this.#queueAtMs, atMs);
    else if (!this.#directlyAtMs.has(replica)) this.#directlyAtMs.set(replica, atMs);
  }

  sinceMs(replica: ProcessId, nowMs: number): number {
    return Math.min(this.#queueAtMs, this.#directlyAtMs.get(replica) ?? nowMs);
  }
}

function nobody(fault: Fault): FoundReplica {
  return { kind: "end", end: unavailable(fault) };
}

function pauseAfter(repeats: number): number {
  return Math.min(pauseMostMs, pauseFirstMs * 2 ** repeats);
}

type Answer =
  | Extract<ExchangeEvent, { readonly kind: "claim" | "decline" | "no_responders" }>
  | { readonly kind: "end"; readonly end: End }
  | { readonly kind: "no_claim" | "working" | "bus_back" | "bus_disconnected" };

async function nextAnswer(exchange: Exchange, claimedBy: Deadline, patience: Deadline): Promise<Answer> {
  for (;;) {
    const event = await exchange.next(claimedBy.remainingMs);
    if (event === undefined) return { kind: "no_claim" };
    switch (event.kind) {
      case "claim":
      case "decline":
        return event;
      case "no_responders":
        if (event.step === "announce") return event;
        break;
      case "body":
        if (isAnswer(event.body)) return { kind: "end", end: event.body.verdict };
        if (event.body.type === "working") return { kind: "working" };
        break;
      case "bus":
        if (!event.connected) return busIsBack(exchange, patience);
        break;
    }
  }
}

/** While this program's own connection is down nobody is judged and nothing is sent. */
async function busIsBack(exchange: Exchange, patience: Deadline): Promise<Answer> {
  while (!patience.passed) {
    const event = await exchange.next(patience.remainingMs);
    if (event?.kind === "body" && isAnswer(event.body)) return { kind: "end", end: event.body.verdict };
    if (event?.kind === "bus" && event.connected) return { kind: "bus_back" };
  }
  return { kind: "bus_disconnected" };
}

/** A fault of a replica that was given up is not the end: another one may know the answer. */
function isAnswer(body: BodyToGateway): body is BodyToGateway & { readonly type: "verdict" } {
  return body.type === "verdict" && body.verdict.outcome !== "unavailable";
}
