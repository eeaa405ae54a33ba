/**
 * The connections on which people's passwords are checked by one controller: one bind at a time on each, kept open between binds.
 *
 * They are used for nothing else, because after a bind they act as whoever logged in last; after a failed one, on Active Directory,
 * still as the person before.
 *
 * @see RFC 4511 §4.2.1 — no other operation while a bind is outstanding
 * @module
 */

import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import type { ConnectionOutcome, Failure, LdapConnection } from "../ldap/ldap-connection.ts";
import { withinDeadline } from "../../login/within-deadline.ts";

export interface BindPoolOptions {
  /** Connects; takes a bounded time. */
  readonly open: () => Promise<ConnectionOutcome>;
  readonly connectionsMax: number;
  readonly ageMaxMs: number;
  readonly now: MonotonicClock;
}

/** Disposing closes the connection, unless it was given back: only who saw a bind answered knows that it is in order. */
export interface BindLease extends Disposable {
  readonly connection: LdapConnection;
  giveBack(): void;
}

export type LeaseOutcome = { readonly kind: "leased"; readonly lease: BindLease } | Failure;

const waitersMax = 512;

interface Slot {
  readonly connection: LdapConnection;
  readonly retireAtMs: number;
}

export class BindPool {
  readonly #options: BindPoolOptions;
  /** The last used is used next, so that the rest can grow old and go. */
  readonly #idle: Slot[] = [];
  readonly #waiters = new Set<() => void>();
  /** Idle, leased and opening. */
  #connections = 0;
  #closed = false;

  constructor(options: BindPoolOptions) {
    this.#options = options;
  }

  get connections(): number {
    return this.#connections;
  }

  get inUse(): number {
    return this.#connections - this.#idle.length;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Age of the oldest that is idle; 0 where none is. */
  get oldestMs(): number {
    const { now, ageMaxMs } = this.#options;
    return Math.max(0, ...this.#idle.map(({ retireAtMs }) => now() - retireAtMs + ageMaxMs));
  }

  async lease(deadline: Deadline): Promise<LeaseOutcome> {
    while (!this.#closed) {
      const idle = this.#takeIdle();
      if (idle !== undefined) return { kind: "leased", lease: this.#leaseOf(idle) };
      if (this.#connections < this.#options.connectionsMax) return this.#open(deadline);
      if (this.#waiters.size >= waitersMax || !(await this.#turn(deadline))) {
        return { kind: "failed", why: "overloaded" };
      }
    }
    return { kind: "failed", why: "connection_lost" };
  }

  /** Opens a connection where there is none, so that the first login does not wait for TCP and TLS. */
  async prepare(): Promise<void> {
    if (this.#closed || this.#connections > 0) return;
    this.#connections += 1;
    const opened = await this.#openSlot();
    if (!("kind" in opened)) this.#release(opened);
  }

  /** Closes connections that nobody uses and that are too old or broken; `all`: whatever their age. */
  sweep(which: "old" | "all" = "old"): void {
    const now = this.#options.now();
    for (const slot of this.#idle.splice(0)) {
      if (which === "old" && !slot.connection.closed && now < slot.retireAtMs) this.#idle.push(slot);
      else this.#drop(slot);
    }
  }

  /** Leased connections are closed when their binds have ended. */
  close(): void {
    this.#closed = true;
    this.sweep("all");
    for (const wake of this.#waiters) wake();
  }

  #takeIdle(): Slot | undefined {
    this.sweep();
    return this.#idle.pop();
  }

  async #open(deadline: Deadline): Promise<LeaseOutcome> {
    this.#connections += 1;
    const opening = this.#openSlot();
    const opened = await withinDeadline(deadline, opening);
    if (opened === "timeout") {
      // The handshake goes on: the next login finds its connection ready.
      void opening.then((late) => "kind" in late || this.#release(late));
      return { kind: "failed", why: "timeout" };
    }
    return "kind" in opened ? opened : { kind: "leased", lease: this.#leaseOf(opened) };
  }

  async #openSlot(): Promise<Slot | Failure> {
    const retireAtMs = this.#options.now() + this.#options.ageMaxMs;
    const outcome = await this.#options.open();
    if (outcome.kind === "connected") return { connection: outcome.connection, retireAtMs };
    this.#connections -= 1;
    this.#wakeOne();
    return outcome;
  }

  #leaseOf(slot: Slot): BindLease {
    let isOut = true;
    const end = (after: (slot: Slot) => void): void => {
      if (isOut) after(slot);
      isOut = false;
    };
    return {
      connection: slot.connection,
      giveBack: () => end((own) => this.#release(own)),
      [Symbol.dispose]: () => end((own) => this.#drop(own)),
    };
  }

  #release(slot: Slot): void {
    if (this.#closed || slot.connection.closed) return this.#drop(slot);
    this.#idle.push(slot);
    this.#wakeOne();
  }

  #drop(slot: Slot): void {
    slot.connection.close();
    this.#connections -= 1;
    this.#wakeOne();
  }

  /** False when the deadline passed first. */
  async #turn(deadline: Deadline): Promise<boolean> {
    const turn = Promise.withResolvers<void>();
    this.#waiters.add(turn.resolve);
    const woken = await withinDeadline(deadline, turn.promise);
    // One that gave up must not be woken in somebody else's place.
    this.#waiters.delete(turn.resolve);
    return woken !== "timeout";
  }

  #wakeOne(): void {
    const [first] = this.#waiters;
    if (first === undefined) return;
    this.#waiters.delete(first);
    first();
  }
}
