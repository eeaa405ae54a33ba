/**
 * What a gateway knows of one connection's replicas, and which one to ask.
 *
 * All well: the queue group is asked, which needs no knowledge. While a replica is suspected (its heartbeat stopped, or it missed a
 * claim), far slower than the others or far busier, the queue group would go on giving it its share of the logins, so the live ones
 * are asked directly: of two taken at random, the one that has less to do.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Method } from "../login/request.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import type { Heartbeat } from "../protocol/messages.ts";
import { isOptional } from "../protocol/subjects.ts";
import type { OptionalMethod, ProcessId } from "../protocol/subjects.ts";
import { heartbeatIntervalMs } from "../protocol/timing.ts";
import type { Events } from "../telemetry/events.ts";
import { Pace } from "./pace.ts";
import { UnderWay } from "./under-way.ts";

export interface KnownReplica {
  readonly beat: Heartbeat;
  readonly beatAtMs: number;
  readonly suspected: boolean;
  /** Announces to its inbox, one after the other, that it did not answer although it beats. */
  readonly missedClaims: number;
  /** What was sent to its inbox did not get there, although it beats. */
  readonly unreached?: { readonly sinceMs: number; readonly atMs: number };
}

/** Two and a half beats: one may be late, two missing are a sign. */
const suspectAfterMs = 2.5 * heartbeatIntervalMs;
/** A replica that has not been heard for this long is gone: the queue group has dropped it too. */
const forgottenAfterMs = 10_000;
/** After a claim that nobody made, the queue group is avoided for as long as a silent replica needs to become a suspect. */
const avoidQueueMs = suspectAfterMs + heartbeatIntervalMs;
/** Before a replica that beats and does not claim counts as not reached: one may have come at a bad moment. */
const missedClaimsMax = 2;
/** After this it is tried again. */
const unreachedForMs = 3_000;
/** Most replicas that are kept: a forged flood of heartbeats stops here. */
const replicasMax = 1_000;

export class Replicas {
  readonly #connection: ConnectionName;
  readonly #events: Events;
  readonly #now: MonotonicClock;
  readonly #random: () => number;
  readonly #known = new Map<ProcessId, KnownReplica>();
  readonly #offers = new Map<ProcessId, Set<OptionalMethod>>();
  readonly #pace: Pace;
  readonly #underWay = new UnderWay();
  #avoidQueueUntilMs = 0;
  #sweptAtMs: number;
  #readyTold = -1;
  #heardAtMs: number;
  #haveAllLeft = false;

  constructor(connection: ConnectionName, events: Events, now: MonotonicClock, random: () => number) {
    this.#connection = connection;
    this.#events = events;
    this.#now = now;
    this.#random = random;
    this.#pace = new Pace(now);
    this.#sweptAtMs = now();
    this.#heardAtMs = now();
  }

  heard(beat: Heartbeat): void {
    this.#heardAtMs = this.#now();
    const known = this.#known.get(beat.replica);
    if (known === undefined && this.#known.size >= replicasMax) return;
    if (known?.suspected === true)
      this.#events.replicaTrusted({ connection: this.#connection, replica: beat.replica });
    if (beat.state === "draining") {
      this.#forget(beat.replica);
      this.#haveAllLeft = this.#known.size === 0;
    } else {
      this.#haveAllLeft = false;
      const before = known?.beat.inbox === beat.inbox ? known : { missedClaims: 0 };
      this.#known.set(beat.replica, { ...before, beat, beatAtMs: this.#now(), suspected: false });
    }
  }

  /** It takes this method too, for as long as it lives. */
  offered(replica: ProcessId, method: OptionalMethod): void {
    if (!this.#known.has(replica)) return;
    this.#offers.set(replica, (this.#offers.get(replica) ?? new Set()).add(method));
  }

  /** A claim says how busy its replica is now; a beat may be a quarter of a second old. */
  claimed({ replica, freeSlots }: Pick<Heartbeat, "replica" | "freeSlots">): void {
    const known = this.#known.get(replica);
    if (known === undefined) return;
    this.#known.set(replica, { ...known, missedClaims: 0, beat: { ...known.beat, freeSlots } });
  }

  /**
   * Suspects whose heartbeat stopped, forgets the gone; to be called every beat. Time in which it was not called (this process
   * was cut off from the bus, or stood still) is held against nobody.
   */
  sweep(): void {
    const now = this.#now();
    const lostMs = now - this.#sweptAtMs - 2 * heartbeatIntervalMs;
    this.#sweptAtMs = now;
    if (lostMs > 0) {
      for (const [replica, known] of this.#known) this.#known.set(replica, { ...known, beatAtMs: now });
    }
    for (const [replica, { beatAtMs }] of this.#known) {
      if (now - beatAtMs > forgottenAfterMs) this.#forget(replica);
      else if (now - beatAtMs > suspectAfterMs) this.suspect(replica, "heartbeat");
    }
    this.#tellReady();
  }

  /** What was sent to this inbox did not get there. */
  unreached(replica: ProcessId, inbox: string): void {
    const known = this.#known.get(replica);
    if (known?.beat.inbox !== inbox) return;
    const atMs = this.#now();
    const before = known.unreached;
    const isNew = before === undefined || atMs - before.atMs > forgottenAfterMs;
    this.#known.set(replica, { ...known, unreached: { sinceMs: isNew ? atMs : before.sinceMs, atMs } });
    if (isNew) this.#events.replicaSuspected({ connection: this.#connection, replica, why: "unreached" });
  }

  /** It answered what was sent to its inbox. */
  reached(replica: ProcessId): void {
    const known = this.#known.get(replica);
    if (known?.unreached === undefined) return;
    this.#known.set(replica, withoutUnreached(known));
    this.#events.replicaTrusted({ connection: this.#connection, replica });
  }

  /**
   * How long nobody has been heard, or those that are heard have been tried again and again and not been reached. Where only some
   * are not, the others do their work, and it counts for a tenth. Where the last of them said that they go, nobody is missed.
   */
  get cutOffMs(): number {
    if (this.#haveAllLeft) return 0;
    const now = this.#now();
    const beating = [...this.#known.values()].filter(({ beatAtMs }) => now - beatAtMs <= suspectAfterMs);
    if (beating.length === 0) return now - this.#heardAtMs;
    const spans = beating.map(({ unreached }) => (unreached ? unreached.atMs - unreached.sinceMs : 0));
    return Math.max(Math.min(...spans), Math.max(...spans) / 10);
  }

  /** This gateway has another connection: what was found out over the one before does not hold any more. */
  reconnected(): void {
    this.#heardAtMs = this.#now();
    for (const [replica, known] of this.#known) this.#known.set(replica, withoutUnreached(known));
  }

  /** It works on this. */
  during<T>(replica: ProcessId, request: Promise<T>): Promise<T> {
    return this.#underWay.during(replica, request);
  }

  /** A login was accepted through it. @param ms  From its claim to the verdict. */
  took(replica: ProcessId, ms: number): void {
    const connection = this.#connection;
    const change = this.#pace.took(replica, ms);
    if (change === "slow") this.#events.replicaSuspected({ connection, replica, why: "slow" });
    if (change === "steady") this.#events.replicaTrusted({ connection, replica });
  }

  /** It was asked directly, and the time for its claim is over. */
  missed({ replica, inbox }: Pick<Heartbeat, "replica" | "inbox">): void {
    const known = this.#known.get(replica);
    if (known === undefined) return;
    const missedClaims = known.missedClaims + 1;
    this.#known.set(replica, { ...known, missedClaims });
    if (missedClaims >= missedClaimsMax) this.unreached(replica, inbox);
    this.suspect(replica, "missed_claim");
  }

  suspect(replica: ProcessId, why: "missed_claim" | "heartbeat" | "silent"): void {
    const known = this.#known.get(replica);
    if (known === undefined || known.suspected) return;
    this.#known.set(replica, { ...known, suspected: true });
    this.#events.replicaSuspected({ connection: this.#connection, replica, why });
  }

  /** The queue group was asked and nobody claimed: one of its members does not answer, unknown which. */
  missedByQueue(): void {
    this.#avoidQueueUntilMs = this.#now() + avoidQueueMs;
  }

  /** Everything that was heard in the last seconds. */
  get all(): readonly KnownReplica[] {
    return [...this.#known.values()];
  }

  /** How one of them is taken to be now. */
  stateOf(known: KnownReplica): "ready" | "not_ready" | "unreached" | "late" {
    if (known.suspected || this.#now() - known.beatAtMs > suspectAfterMs) return "late";
    if (!this.live.includes(known)) return "unreached";
    return known.beat.state === "ready" ? "ready" : "not_ready";
  }

  /** Heartbeats that are recent enough for the replica to be believed alive. */
  get live(): readonly KnownReplica[] {
    const now = this.#now();
    return [...this.#known.values()].filter(
      ({ beatAtMs, suspected, unreached }) =>
        !suspected &&
        now - beatAtMs <= suspectAfterMs &&
        (unreached === undefined || now - unreached.atMs > unreachedForMs),
    );
  }

  /** The live ones that take logins. */
  get ready(): readonly Heartbeat[] {
    return readyAmong(this.live);
  }

  /** Whether some are alive, and none of them takes logins. */
  get noneIsReady(): boolean {
    const { live } = this;
    return live.length > 0 && readyAmong(live).length === 0;
  }

  /** Whether any replica that takes this method was heard recently, suspected or not. */
  anyKnown(method: Method): boolean {
    return [...this.#known.keys()].some((replica) => this.#takes(replica, method));
  }

  /** @returns the replica to ask directly, or undefined: ask the queue group. */
  choose(method: Method, tried: ReadonlySet<ProcessId>): Heartbeat | undefined {
    const { live } = this;
    const ready = readyAmong(live).filter(({ replica }) => this.#takes(replica, method));
    if (tried.size === 0 && this.#isQueueGood(live, ready)) return undefined;
    const untried = ready.filter(({ replica }) => !tried.has(replica));
    const candidates = untried.length > 0 ? untried : ready;
    const due = tried.size === 0 ? candidates.find(({ replica }) => this.#pace.isDue(replica)) : undefined;
    if (due !== undefined) {
      this.#pace.tried(due.replica);
      return due;
    }
    const steady = candidates.filter(({ replica }) => !this.#pace.isSlow(replica));
    return this.#lessBusyOfTwo(steady.length > 0 ? steady : candidates);
  }

  #isQueueGood(live: readonly KnownReplica[], ready: readonly Heartbeat[]): boolean {
    const isEachReached = live.length === this.#known.size && this.#now() >= this.#avoidQueueUntilMs;
    return (
      isEachReached && !this.#pace.anySlow && !this.#underWay.isUneven(ready.map(({ replica }) => replica))
    );
  }

  #takes(replica: ProcessId, method: Method): boolean {
    return !isOptional(method) || this.#offers.get(replica)?.has(method) === true;
  }

  #forget(replica: ProcessId): void {
    this.#known.delete(replica);
    this.#offers.delete(replica);
    this.#pace.forget(replica);
  }

  #tellReady(): void {
    const count = this.ready.length;
    if (count === this.#readyTold) return;
    this.#readyTold = count;
    this.#events.replicasReady({ connection: this.#connection, count });
  }

  #lessBusyOfTwo(beats: readonly Heartbeat[]): Heartbeat | undefined {
    const any = (): Heartbeat | undefined => beats[Math.floor(this.#random() * beats.length)];
    const [one, other] = [any(), any()];
    if (one === undefined || other === undefined) return one;
    const difference = this.#underWay.of(other.replica) - this.#underWay.of(one.replica);
    // What other gateways have given it shows in its free slots alone.
    const isOtherLessBusy = difference === 0 ? other.freeSlots > one.freeSlots : difference < 0;
    return isOtherLessBusy ? other : one;
  }
}

function readyAmong(live: readonly KnownReplica[]): readonly Heartbeat[] {
  return live.map(({ beat }) => beat).filter(({ state }) => state === "ready");
}

function withoutUnreached({ beat, beatAtMs, suspected }: KnownReplica): KnownReplica {
  return { beat, beatAtMs, suspected, missedClaims: 0 };
}
