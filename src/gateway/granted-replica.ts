/**
 * A replica that holds a grant, as its gateway sees it: working, asked, silent, or out of sight because this gateway itself is cut
 * off, which says nothing about the replica.
 *
 * While it works it says so every 200 ms. When it falls silent it is asked once (revoke). If it does not answer, its window must
 * pass, so that no bind can start there any more; then what is known about a bind that may have been sent is handed on.
 *
 * @module
 */

import type { MonotonicClock } from "../login/deadline.ts";
import type { ReturnReason } from "../login/ports.ts";
import type { End } from "../login/operation.ts";
import { unavailable } from "../login/verdict.ts";
import type { Claim } from "../protocol/messages.ts";
import type { BodyToGateway, BodyToReplica, WorkingBody } from "../protocol/sealed-bodies.ts";
import type { Session } from "../protocol/session.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { grantWindowMs, workingIntervalMs } from "../protocol/timing.ts";
import type { Events } from "../telemetry/events.ts";
import type { Exchange, ExchangeEvent } from "./exchange.ts";
import { patienceMs } from "./patience.ts";
import type { SuspectedBind } from "./suspected-bind.ts";

export interface GrantDeps {
  /** Seals and publishes to the replica; false while the bus is down. */
  readonly send: (exchange: Exchange, inbox: string, session: Session, body: BodyToReplica) => boolean;
  /** What this replica is to be told of the trace that the request is in. */
  readonly traceparent: (exchange: Exchange, replica: ProcessId) => string | undefined;
  readonly events: Events;
  readonly now: MonotonicClock;
}

export interface ClaimedReplica {
  readonly claim: Claim;
  readonly session: Session;
  /** When the claim arrived here: later than the replica's own start of its window, which is the safe side. */
  readonly claimedAtMs: number;
}

export type GrantEnd =
  | { readonly kind: "end"; readonly end: End }
  /** Nothing was bound there and nothing will be. */
  | { readonly kind: "returned"; readonly why: ReturnReason | "not_started" }
  /** A bind may have been sent; none can start any more. */
  | { readonly kind: "silent"; readonly bind: SuspectedBind; readonly unreached: boolean };

/** One missed `working` and a little: asking too early costs a message, asking late costs the person's time. */
const silenceMs = 1.75 * workingIntervalMs;
const revokeAnswerMs = 100;
/** After this gateway's own reconnect: the replicas may be reconnecting too. */
const reconnectGraceMs = 700;

type Stage = "working" | "asked" | "silent" | "out_of_sight";

export class GrantedReplica {
  readonly #exchange: Exchange;
  readonly #replica: ClaimedReplica;
  readonly #deps: GrantDeps;
  #stage: Stage = "working";
  #nextAtMs: number;
  #windowEndsAtMs: number;
  #bind: SuspectedBind;
  /** The server said that nobody listens there, and nothing was heard since. */
  #unreached = false;

  constructor(exchange: Exchange, replica: ClaimedReplica, deps: GrantDeps) {
    this.#exchange = exchange;
    this.#replica = replica;
    this.#deps = deps;
    const sinceMs = deps.now();
    this.#nextAtMs = sinceMs + silenceMs;
    this.#windowEndsAtMs = replica.claimedAtMs + grantWindowMs;
    this.#bind = { controller: replica.claim.controller, sinceMs };
  }

  /** How long to wait for something to be heard before {@link quiet} is due. */
  get quietInMs(): number {
    return Math.max(0, this.#nextAtMs - this.#deps.now());
  }

  send(body: BodyToReplica): boolean {
    return this.#deps.send(this.#exchange, this.#replica.claim.inbox, this.#replica.session, body);
  }

  heard(event: ExchangeEvent): GrantEnd | undefined {
    if (event.kind === "bus") {
      if (event.connected) this.#revoke(reconnectGraceMs);
      else this.#enter("out_of_sight", patienceMs);
    } else if (event.kind === "no_responders" && event.step === "grant") {
      // A hint: whoever may publish to this gateway can forge it. A replica that lives answers when it is asked.
      this.#unreached = true;
      if (this.#stage === "working") this.#revoke(revokeAnswerMs);
    } else if (event.kind === "body") {
      return this.#said(event.body, event.replica === this.#replica.session.peer);
    }
    return undefined;
  }

  /** Nothing was heard for as long as this stage allows. */
  quiet(): GrantEnd | undefined {
    if (this.quietInMs > 0) return undefined;
    switch (this.#stage) {
      case "working":
        this.#revoke(revokeAnswerMs);
        return undefined;
      case "asked":
        this.#fallSilent();
        return undefined;
      case "silent":
        return { kind: "silent", bind: this.#bind, unreached: this.#unreached };
      case "out_of_sight":
        return { kind: "end", end: unavailable("bus_disconnected") };
    }
  }

  /**
   * What the directory said counts whichever of this login's replicas tells it; all else, and so a fault, only from
   * the one that holds the grant.
   */
  #said(body: BodyToGateway, isHolder: boolean): GrantEnd | undefined {
    if (isHolder && this.#stage === "asked") this.#tellAnswer(answerOf(body));
    if (body.type === "verdict") {
      const counts = isHolder || body.verdict.outcome !== "unavailable";
      return counts ? { kind: "end", end: body.verdict } : undefined;
    }
    if (!isHolder) return undefined;
    this.#unreached = false;
    switch (body.type) {
      case "returned":
        return { kind: "returned", why: body.why };
      case "not_started":
        return { kind: "returned", why: "not_started" };
      case "working":
        this.#isWorking(body);
        return undefined;
    }
  }

  #isWorking({ phase, evidence, ask, sequence }: WorkingBody): void {
    const now = this.#deps.now();
    this.#enter("working", silenceMs);
    if (evidence !== undefined) this.#bind = { ...evidence, sinceMs: this.#bind.sinceMs };
    // Whoever still searches has not sent a bind.
    else if (phase === "searching") this.#bind = { ...this.#bind, sinceMs: now };
    if (ask && this.send({ type: "renew", sequence })) this.#windowEndsAtMs = now + grantWindowMs;
  }

  #revoke(answerMs: number): void {
    if (this.send({ type: "revoke" })) this.#enter("asked", answerMs);
    else this.#enter("out_of_sight", patienceMs);
  }

  #fallSilent(): void {
    this.#tellAnswer("silence");
    this.#enter("silent", this.#windowEndsAtMs - this.#deps.now());
  }

  #enter(stage: Stage, ms: number): void {
    this.#stage = stage;
    this.#nextAtMs = this.#deps.now() + ms;
  }

  #tellAnswer(answer: "finished" | "running" | "not_started" | "silence"): void {
    const { attempt, connection } = this.#exchange;
    this.#deps.events.grantSilent({ attempt, connection, replica: this.#replica.session.peer, answer });
  }
}

function answerOf(body: BodyToGateway): "finished" | "running" | "not_started" {
  if (body.type === "working") return "running";
  return body.type === "not_started" ? "not_started" : "finished";
}
