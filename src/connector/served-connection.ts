/**
 * Everything that a replica keeps for one connection: its slots, its sessions, its place on the bus, and whether it is ready.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { ControllerName, Directory, Operator, Verifiers } from "../login/ports.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import type { Bus } from "../protocol/bus-port.ts";
import type { IdentityKey, PinnedKeys } from "../protocol/identity-key.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import type { Events } from "../telemetry/events.ts";
import { AcceptedSessions } from "./accepted-sessions.ts";
import { Admission } from "./admission.ts";
import { ConnectionServer } from "./connection-server.ts";
import { createHandler } from "./handle.ts";
import type { ProcessKeys } from "./process-keys.ts";
import { Reporter } from "./reporter.ts";
import type { ReportedFacts } from "./reporter.ts";
import { optionalMethods } from "./verify-attempt.ts";

export interface ConnectorDeps {
  readonly replica: ProcessId;
  readonly bus: Bus;
  readonly events: Events;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970: for the expiry of certificates only. */
  readonly wallClock: () => number;
}

export interface ConnectionOptions {
  readonly name: ConnectionName;
  readonly identity: IdentityKey;
  readonly gatewayKeys: PinnedKeys;
  readonly directory: Pick<Directory, "controller" | "onControllerChange">;
  readonly verifiers: Verifiers;
  readonly operator: Operator;
  /** Nobody is let in whose groups could not all be told. */
  readonly needsAllGroups: boolean;
  /** Logins that this replica works on at once for this connection; `busy` beyond. */
  readonly inFlightMax: number;
  /** For the operators. */
  readonly facts: ReportedFacts;
}

/** In which the gateways set up their sessions with a replica that has just started, so that nobody's login waits for that. */
const introductionBeats = 2;

export class ServedConnection {
  readonly name: ConnectionName;
  readonly #options: ConnectionOptions;
  readonly #deps: ConnectorDeps;
  /** Slots of its own, so that a directory that answers slowly does not hold up the people of another. */
  readonly #admission: Admission;
  readonly #sessions: AcceptedSessions;
  readonly #server: ConnectionServer;
  readonly #reporter: Reporter;
  #beats = 0;
  #ready = false;
  #draining = false;

  constructor(options: ConnectionOptions, deps: ConnectorDeps, keys: ProcessKeys) {
    const { name, verifiers, operator, needsAllGroups, gatewayKeys } = options;
    const { replica, bus, events, now } = deps;
    this.name = name;
    this.#options = options;
    this.#deps = deps;
    this.#admission = new Admission(options.inFlightMax, now);
    this.#sessions = new AcceptedSessions(name, replica, keys, gatewayKeys, now);
    const [admission, sessions] = [this.#admission, this.#sessions];
    const controller = (): ControllerName | undefined => this.#controller();
    const handler = createHandler({
      connection: name,
      admission,
      verifiers,
      operator,
      needsAllGroups,
      controller,
      now,
      events,
    });
    this.#server = new ConnectionServer({
      connection: name,
      replica,
      bus,
      methods: optionalMethods(verifiers),
      handler,
      admission,
      sessions,
      keys,
      events,
    });
    this.#reporter = new Reporter({ ...options, ...deps, connection: name, admission, keys });
    events.readinessChanged({ connection: name, ready: false, why: "starting" });
    options.directory.onControllerChange(() => this.#followDirectory());
    this.#followDirectory();
  }

  get ready(): boolean {
    return this.#ready && !this.#draining;
  }

  get inFlight(): number {
    return this.#admission.inFlight;
  }

  beat(): void {
    this.#admission.sweep();
    this.#sessions.sweep();
    this.#server.beat();
    if (!this.#deps.bus.connected || this.#beats >= introductionBeats) return;
    this.#beats += 1;
    this.#followDirectory();
  }

  report(): void {
    const state = this.ready ? "ready" : "not_ready";
    void this.#reporter.tell(this.#draining ? "draining" : state);
  }

  tellWorking(): void {
    for (const attempt of this.#admission.running) attempt.tellWorking();
  }

  /** Which gateways to believe from now on. */
  renewGatewayKeys(pins: PinnedKeys): void {
    this.#sessions.renewPins(pins);
  }

  drain(): void {
    this.#draining = true;
    this.#server.setState("draining");
    this.report();
  }

  close(): void {
    this.#server.close();
  }

  #controller(): ControllerName | undefined {
    return this.#draining ? undefined : this.#options.directory.controller();
  }

  #followDirectory(): void {
    const ready = this.#beats >= introductionBeats && this.#controller() !== undefined;
    if (this.#draining || ready === this.#ready) return;
    this.#ready = ready;
    const why = ready ? "controller_available" : "no_controller";
    this.#deps.events.readinessChanged({ connection: this.name, ready, why });
    this.#server.setState(ready ? "ready" : "not_ready");
    this.report();
  }
}
