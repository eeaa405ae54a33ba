/**
 * The connections on which the service account searches one controller: few, each with many searches in flight.
 *
 * @module
 */

import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import type {
  ConnectionOutcome,
  LdapConnection,
  SearchOutcome,
  SearchRequest,
} from "../ldap/ldap-connection.ts";
import { withinDeadline } from "../../login/within-deadline.ts";

export interface SearchPoolOptions {
  /** Connects and logs in as the service account; takes a bounded time. */
  readonly open: () => Promise<ConnectionOutcome>;
  readonly connectionsMax: number;
  readonly ageMaxMs: number;
  readonly now: MonotonicClock;
}

/** From here on a second connection is worth its handshake. */
const busyAtInFlight = 16;
/** On one connection; more than a replica takes logins. */
const inFlightMax = 512;

interface Slot {
  readonly connection: LdapConnection;
  readonly retireAtMs: number;
}

export class SearchPool {
  readonly #options: SearchPoolOptions;
  #slots: readonly Slot[] = [];
  #opening: Promise<ConnectionOutcome> | undefined;
  #closed = false;

  constructor(options: SearchPoolOptions) {
    this.#options = options;
  }

  get connections(): number {
    return this.#slots.length;
  }

  get inFlight(): number {
    return this.#slots.reduce((sum, { connection }) => sum + connection.inFlight, 0);
  }

  /** Age of the oldest connection; 0 where there is none. */
  get oldestMs(): number {
    const { now, ageMaxMs } = this.#options;
    return Math.max(0, ...this.#slots.map(({ retireAtMs }) => now() - retireAtMs + ageMaxMs));
  }

  /** A search whose connection breaks is sent once more on another: reading twice changes nothing. */
  async search(request: SearchRequest, deadline: Deadline): Promise<SearchOutcome> {
    const outcome = await this.#searchOnce(request, deadline);
    const isLost = outcome.kind === "failed" && outcome.why === "connection_lost";
    return isLost && !deadline.passed ? this.#searchOnce(request, deadline) : outcome;
  }

  /** Closes what is open, with the searches on it; the next search opens anew. */
  reset(): void {
    for (const { connection } of this.#slots) connection.close();
    this.#slots = [];
  }

  close(): void {
    this.#closed = true;
    this.reset();
  }

  async #searchOnce(request: SearchRequest, deadline: Deadline): Promise<SearchOutcome> {
    const outcome = await this.connection(deadline);
    return outcome.kind === "connected" ? outcome.connection.search(request, deadline) : outcome;
  }

  /** One that takes another operation; it is shared. */
  async connection(deadline: Deadline): Promise<ConnectionOutcome> {
    if (this.#closed) return { kind: "failed", why: "connection_lost" };
    this.#retireOld();
    const [leastBusy] = this.#slots.toSorted((a, b) => a.connection.inFlight - b.connection.inFlight);
    const isBusy = leastBusy === undefined || leastBusy.connection.inFlight >= busyAtInFlight;
    if (isBusy && this.#slots.length < this.#options.connectionsMax) this.#opening ??= this.#open();
    if (leastBusy !== undefined) {
      return leastBusy.connection.inFlight < inFlightMax
        ? { kind: "connected", connection: leastBusy.connection }
        : { kind: "failed", why: "overloaded" };
    }
    if (this.#opening === undefined) return { kind: "failed", why: "overloaded" };
    const opened = await withinDeadline(deadline, this.#opening);
    return opened === "timeout" ? { kind: "failed", why: "timeout" } : opened;
  }

  async #open(): Promise<ConnectionOutcome> {
    const retireAtMs = this.#options.now() + this.#options.ageMaxMs;
    try {
      const outcome = await this.#options.open();
      if (outcome.kind === "connected") {
        this.#slots = [...this.#slots, { connection: outcome.connection, retireAtMs }];
        if (this.#closed) this.reset();
      }
      return outcome;
    } finally {
      this.#opening = undefined;
    }
  }

  #retireOld(): void {
    const now = this.#options.now();
    this.#slots = this.#slots.filter(({ connection, retireAtMs }) => {
      if (connection.closed) return false;
      if (now < retireAtMs) return true;
      connection.retire();
      return false;
    });
  }
}
