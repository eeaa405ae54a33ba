/**
 * How many attempts a replica takes at once, and what it remembers of each.
 *
 * An attempt is *claimed* (a slot is held until the grant or until {@link claimKeptMs} have passed), *running*, then *finished*
 * (what was answered is kept, so that it can be said again), or *withdrawn* (revoked before it began: it never will).
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { AttemptId } from "../login/attempt.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import type { ControllerName } from "../login/ports.ts";
import { remember } from "../login/remember.ts";
import type { BodyToGateway } from "../protocol/sealed-bodies.ts";
import { claimKeptMs, verdictKeptMs } from "../protocol/timing.ts";
import type { RunningAttempt, Slots } from "./running-attempt.ts";

/** `id` is named in the grant: one that was made for an earlier claim must not find the window of a later one. */
export interface Claimed {
  readonly id: string;
  readonly atMs: number;
  readonly controller: ControllerName;
}

export type Entry =
  | (Claimed & { readonly state: "claimed" })
  | { readonly state: "running"; readonly attempt: RunningAttempt }
  | { readonly state: "finished"; readonly atMs: number; readonly body: BodyToGateway }
  | { readonly state: "withdrawn"; readonly atMs: number };

/** As bytes: as the objects that it was, what thousands of logins were answered would fill the heap and keep its collector busy. */
interface Past {
  readonly atMs: number;
  /** Of what was answered; undefined for one that was withdrawn. */
  readonly json: Buffer | undefined;
  readonly isVerdict: boolean;
}

/** Attempts that hold no slot, because they wait for somebody else. */
const lentMax = 1_024;

/** Most finished and withdrawn attempts that are remembered; the oldest go first. */
const rememberedMax = 4_096;

export class Admission implements Slots {
  readonly #inFlightMax: number;
  readonly #now: MonotonicClock;
  /** Claimed and running: each holds a slot. */
  readonly #active = new Map<AttemptId, Entry & { readonly state: "claimed" | "running" }>();
  /** Finished and withdrawn, oldest first. */
  readonly #past = new Map<AttemptId, Past>();

  #lent = 0;

  constructor(inFlightMax: number, now: MonotonicClock) {
    this.#inFlightMax = inFlightMax;
    this.#now = now;
  }

  get inFlight(): number {
    return this.#active.size;
  }

  get freeSlots(): number {
    return Math.max(0, this.#inFlightMax - this.#active.size + Math.min(this.#lent, lentMax));
  }

  get running(): readonly RunningAttempt[] {
    return [...this.#active.values()].flatMap((entry) => (entry.state === "running" ? [entry.attempt] : []));
  }

  find(attempt: AttemptId): Entry | undefined {
    const active = this.#active.get(attempt);
    const past = this.#past.get(attempt);
    return active ?? (past && entryOf(past));
  }

  /**
   * A claim that stands is said again as it is: its window has begun.
   * @returns undefined when every slot is taken, or the attempt runs here already.
   */
  claim(attempt: AttemptId, controller: ControllerName): Claimed | undefined {
    const active = this.#active.get(attempt);
    if (active !== undefined) return active.state === "claimed" ? active : undefined;
    if (this.freeSlots === 0) this.sweep();
    if (this.freeSlots === 0) return undefined;
    const id = randomBytes(16).toString("base64url");
    const claimed = { state: "claimed", id, atMs: this.#now(), controller } as const;
    this.#active.set(attempt, claimed);
    return claimed;
  }

  /**
   * @returns undefined when there is no such claim to grant: it ran out, was revoked, runs, or has its verdict already. A verdict that
   *   was lost on the way is said again rather than found anew.
   */
  takeClaim(attempt: AttemptId, id: string): Claimed | undefined {
    const entry = this.#active.get(attempt);
    if (entry?.state !== "claimed" || entry.id !== id) return undefined;
    this.#active.delete(attempt);
    return this.#past.get(attempt)?.isVerdict === true ? undefined : entry;
  }

  start(id: AttemptId, attempt: RunningAttempt): void {
    this.#active.set(id, { state: "running", attempt });
    attempt.admittedTo(this);
  }

  lend(): Disposable {
    this.#lent += 1;
    return { [Symbol.dispose]: () => void (this.#lent -= 1) };
  }

  finish(attempt: AttemptId, body: BodyToGateway): void {
    const json = Buffer.from(JSON.stringify(body));
    this.#remember(attempt, { atMs: this.#now(), json, isVerdict: body.type === "verdict" });
  }

  withdraw(attempt: AttemptId): void {
    this.#remember(attempt, { atMs: this.#now(), json: undefined, isVerdict: false });
  }

  /** Frees the slots of claims that no grant followed, and forgets what is too old to be asked for. */
  sweep(): void {
    const now = this.#now();
    for (const [attempt, entry] of this.#active) {
      if (entry.state === "claimed" && now - entry.atMs > claimKeptMs) this.#active.delete(attempt);
    }
    for (const [attempt, past] of this.#past) {
      if (now - past.atMs <= verdictKeptMs) break;
      this.#past.delete(attempt);
    }
  }

  #remember(attempt: AttemptId, past: Past): void {
    this.#active.delete(attempt);
    remember(this.#past, attempt, past, rememberedMax);
  }
}

function entryOf({ atMs, json }: Past): Entry {
  if (json === undefined) return { state: "withdrawn", atMs };
  const body: BodyToGateway = JSON.parse(json.toString());
  return { state: "finished", atMs, body };
}
