/**
 * One directory server: its connections, its health, and a probe in the background that notices when it comes or goes.
 *
 * @module
 */

import { Deadline } from "../../login/deadline.ts";
import type { MonotonicClock } from "../../login/deadline.ts";
import type { ControllerName } from "../../login/ports.ts";
import { BindPool } from "./bind-pool.ts";
import type { LeaseOutcome } from "./bind-pool.ts";
import { ControllerHealth } from "./controller-health.ts";
import type {
  ConnectionCounts,
  ControllerState,
  DirectoryEvent,
  DirectoryLimits,
  FailureReason,
} from "../directory-options.ts";
import { present } from "../ldap/filter.ts";
import { openConnection } from "../ldap/ldap-connection.ts";
import type { ConnectionOutcome, SearchOutcome, SearchRequest } from "../ldap/ldap-connection.ts";
import { Patience } from "./patience.ts";
import { SearchPool } from "./search-pool.ts";
import type { ControllerAddress } from "../ldap/secure-socket.ts";
import type { ServiceAccount } from "./service-account.ts";

export interface ControllerOptions {
  readonly address: ControllerAddress;
  readonly hasPasswordPolicyControl: boolean;
  readonly serviceAccount: ServiceAccount;
  readonly limits: DirectoryLimits;
  readonly now: MonotonicClock;
  readonly observe: (event: DirectoryEvent) => void;
  readonly onStateChange: () => void;
}

/** How long after a failed probe the next one waits; doubles up to the probe interval. */
const probePauseMinMs = 250;
/** Share of the time between two probes that is left to chance. */
const probeJitter = 0.25;

/** Every server answers this to somebody who is logged in. @see RFC 4512 §5.1 */
const probeRequest: SearchRequest = {
  base: "",
  scope: "base",
  filter: present("objectClass"),
  attributes: ["1.1"],
  entriesMax: 1,
};

export class Controller {
  readonly name: ControllerName;
  readonly #options: ControllerOptions;
  readonly #health: ControllerHealth;
  readonly #searches: SearchPool;
  readonly #binds: BindPool;
  readonly #patience: Patience;
  #timer: NodeJS.Timeout | undefined;
  #isProbing = false;
  #probePauseMs = probePauseMinMs;
  #closed = false;

  constructor(options: ControllerOptions) {
    this.name = options.address.name;
    this.#options = options;
    const { limits, now } = options;
    this.#health = new ControllerHealth(now, (state, why) => this.#changed(state, why));
    this.#patience = new Patience(limits.searchPatienceMs);
    const ageMaxMs = limits.connectionAgeMaxMs;
    this.#searches = new SearchPool({
      open: () => this.#openForSearches(),
      connectionsMax: limits.searchConnectionsMax,
      ageMaxMs,
      now,
    });
    this.#binds = new BindPool({
      open: () => this.#open(limits.bindTimeoutMs, () => {}),
      connectionsMax: limits.bindConnectionsMax,
      ageMaxMs,
      now,
    });
    void this.#probe();
  }

  /** Of its URL, in lower case. */
  get host(): string {
    return this.#options.address.host.toLowerCase();
  }

  get state(): ControllerState {
    return this.#health.state;
  }

  /** Fit to be preferred over others again. */
  get isSteady(): boolean {
    return this.#health.isSteady(this.#options.limits.failBackAfterMs);
  }

  /** How long a search is waited for here while another controller could be asked instead. */
  get patienceMs(): number {
    return this.#patience.ms;
  }

  get counts(): ConnectionCounts {
    const { searchConnectionsMax, bindConnectionsMax } = this.#options.limits;
    return {
      controller: this.name,
      searchConnections: this.#searches.connections,
      searchConnectionsMax,
      searchesInFlight: this.#searches.inFlight,
      searchOldestMs: this.#searches.oldestMs,
      bindConnections: this.#binds.connections,
      bindConnectionsMax,
      bindConnectionsInUse: this.#binds.inUse,
      bindOldestMs: this.#binds.oldestMs,
      bindsWaiting: this.#binds.waiting,
    };
  }

  /** By the service account. Also tried where the controller is held to be unavailable: the caller decides. */
  async search(request: SearchRequest, deadline: Deadline): Promise<SearchOutcome> {
    const { limits, now } = this.#options;
    const [startedAtMs, isOverdue] = [now(), this.#overdueFromNow()];
    const outcome = await this.#searches.search(request, deadline.sooner(limits.searchTimeoutMs));
    const ms = now() - startedAtMs;
    if (outcome.kind === "entries" || outcome.why === "timeout") this.#patience.took(ms);
    const result = outcome.kind === "entries" ? "ok" : outcome.why === "timeout" ? "timeout" : "error";
    this.#observe({ operation: "search", result, ms });
    if (outcome.kind === "failed") this.#failed(outcome.why, isOverdue());
    return outcome;
  }

  /** A connection on which the service account is logged in, shared with its searches. */
  async connection(deadline: Deadline): Promise<ConnectionOutcome> {
    const isOverdue = this.#overdueFromNow();
    const outcome = await this.#searches.connection(deadline);
    if (outcome.kind === "failed") this.#failed(outcome.why, isOverdue());
    return outcome;
  }

  /** Logs in once on a connection of its own, so that a renewed password is known to be good or bad before it is needed. */
  async tryServiceAccount(): Promise<void> {
    const outcome = await this.#openForSearches();
    if (outcome.kind === "connected") outcome.connection.close();
  }

  writeEnded(result: "ok" | "denied" | "error" | "timeout", ms: number): void {
    this.#observe({ operation: "write", result, ms });
    if (result === "timeout") this.#failed("timeout", ms >= this.#patience.ms);
    if (result === "error") this.#failed("connection_lost", true);
  }

  /** A connection for one bind. */
  async leaseForBind(deadline: Deadline): Promise<LeaseOutcome> {
    const isOverdue = this.#overdueFromNow();
    const outcome = await this.#binds.lease(deadline);
    if (outcome.kind === "failed") this.#failed(outcome.why, isOverdue());
    return outcome;
  }

  /** Passes its promise on; a bind that takes long makes us ask whether anything is answered here. */
  async watchBind<T>(bind: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#probeSoon(), this.#patience.ms);
    try {
      return await bind;
    } finally {
      clearTimeout(timer);
    }
  }

  bindEnded(result: "ok" | "denied" | "error" | "timeout", ms: number): void {
    this.#observe({ operation: "bind", result, ms });
    if (result === "timeout") this.#failed("timeout", ms >= this.#patience.ms);
    if (result === "error") this.#failed("connection_lost", true);
  }

  /** It answers, but checks no passwords now: others are preferred until the next probe. */
  bindDeclined(ms: number): void {
    this.#observe({ operation: "bind", result: "error", ms });
    this.#health.declined();
  }

  /** Closes it and says so: DNS does not name it any more. */
  leave(): void {
    this.close();
    this.#options.observe({
      kind: "controller",
      controller: this.name,
      state: "unavailable",
      why: "not_named",
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#searches.close();
    this.#binds.close();
  }

  async #open(operationTimeoutMs: number, onClose: () => void): Promise<ConnectionOutcome> {
    const { address, hasPasswordPolicyControl, limits, now } = this.#options;
    const startedAtMs = now();
    const outcome = await openConnection(
      { address, hasPasswordPolicyControl, operationTimeoutMs, onClose },
      Deadline.after(limits.connectTimeoutMs, now),
    );
    const result = outcome.kind === "connected" ? "ok" : outcome.why === "timeout" ? "timeout" : "error";
    this.#observe({ operation: "connect", result, ms: now() - startedAtMs });
    const expiresAtMs = outcome.kind === "connected" ? outcome.connection.certificateExpiresAtMs : undefined;
    if (expiresAtMs !== undefined) this.#tell({ kind: "shown", controller: this.name, expiresAtMs });
    return outcome;
  }

  async #openForSearches(): Promise<ConnectionOutcome> {
    // A server that goes down closes them, and is noticed before the next login.
    const outcome = await this.#open(this.#options.limits.searchTimeoutMs, () => this.#probeSoon());
    if (outcome.kind === "failed") return outcome;
    const loggedIn = await this.#options.serviceAccount.logIn(outcome.connection);
    if (loggedIn === "ok") return outcome;
    outcome.connection.close();
    return { kind: "failed", why: loggedIn };
  }

  /**
   * Whether the patience of that moment has been used up since: a login that came with little time left says nothing about the
   * controller, and what others wait in vain meanwhile makes the patience longer. Timers count from the beginning of their turn of
   * the event loop, and so end early.
   */
  #overdueFromNow(): () => boolean {
    const overdueAtMs = this.#options.now() + 0.9 * this.#patience.ms;
    return () => this.#options.now() >= overdueAtMs;
  }

  #failed(why: FailureReason, isOverdue: boolean): void {
    if (why === "timeout" && !isOverdue) return;
    this.#health.operationFailed(why);
    if (why !== "result_code" && why !== "overloaded") this.#probeSoon();
  }

  #changed(state: ControllerState, why: FailureReason | "answers"): void {
    if (this.#closed) return;
    if (state === "unavailable") {
      // Whoever waits for an answer here goes on with another controller.
      this.#searches.reset();
      this.#binds.sweep("all");
      this.#probePauseMs = probePauseMinMs;
      this.#probeIn(probePauseMinMs);
    } else if (state === "available") void this.#binds.prepare();
    this.#options.observe({ kind: "controller", controller: this.name, state, why });
    this.#options.onStateChange();
  }

  /** Where it is known to be down, the next probe keeps its time. */
  #probeSoon(): void {
    if (!this.#isProbing && this.#health.state !== "unavailable") this.#probeIn(0);
  }

  #probeIn(ms: number): void {
    clearTimeout(this.#timer);
    // Not in step with the other replicas, whose probes began with the same failure.
    const jittered = ms * (1 - probeJitter * Math.random());
    if (!this.#closed) this.#timer = setTimeout(() => void this.#probe(), jittered);
  }

  async #probe(): Promise<void> {
    this.#isProbing = true;
    const { limits, now } = this.#options;
    // What logins would not wait for makes others preferred, before it is known whether anything is answered at all.
    const overdue = setTimeout(() => this.#health.operationFailed("timeout"), this.#patience.ms);
    const outcome = await this.#searches.search(probeRequest, Deadline.after(limits.probeTimeoutMs, now));
    clearTimeout(overdue);
    this.#isProbing = false;
    if (this.#closed) return;
    this.#binds.sweep();
    if (outcome.kind === "entries" || outcome.why === "result_code") {
      this.#health.probeAnswered();
      this.#probePauseMs = probePauseMinMs;
      // Steadiness comes with time alone, so the choice of controller is looked at again with each probe.
      this.#options.onStateChange();
      this.#probeIn(limits.probeIntervalMs);
      return;
    }
    this.#health.probeFailed(outcome.why);
    this.#probeIn(this.#probePauseMs);
    this.#probePauseMs = Math.min(limits.probeIntervalMs, 2 * this.#probePauseMs);
  }

  #observe(event: {
    readonly operation: "connect" | "search" | "bind" | "write";
    readonly result: "ok" | "denied" | "error" | "timeout";
    readonly ms: number;
  }): void {
    this.#tell({ kind: "operation", controller: this.name, ...event });
  }

  /** What still ends on a controller that was left is nobody's business any more. */
  #tell(event: DirectoryEvent): void {
    if (!this.#closed) this.#options.observe(event);
  }
}
