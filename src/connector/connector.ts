/**
 * A connector replica: all its connections, its heartbeat, and its orderly end.
 *
 * Owns: lifecycle. Does not own: NATS, directories and verifiers (handed in) or a single login (`handle.ts`).
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { ConnectionName } from "../login/attempt.ts";
import type { Deadline } from "../login/deadline.ts";
import type { IdentityKey } from "../protocol/identity-key.ts";
import { heartbeatIntervalMs, reportIntervalMs, workingIntervalMs } from "../protocol/timing.ts";
import { createProcessKeys, keyLifetimeMs } from "./process-keys.ts";
import type { ProcessKeys } from "./process-keys.ts";
import { ServedConnection } from "./served-connection.ts";
import type { ConnectionOptions, ConnectorDeps } from "./served-connection.ts";

/** How long announces that were already on their way are still declined before anything closes. */
const leaveMs = 60;
const drainPollMs = 20;

export class Connector implements Disposable {
  readonly connections: readonly ServedConnection[];
  readonly #deps: ConnectorDeps;
  readonly #keys: ProcessKeys;
  readonly #timers: readonly NodeJS.Timeout[];

  private constructor(connections: readonly ConnectionOptions[], deps: ConnectorDeps, keys: ProcessKeys) {
    this.#deps = deps;
    this.#keys = keys;
    this.connections = connections.map((options) => new ServedConnection(options, deps, keys));
    this.#timers = [
      setInterval(() => this.connections.forEach((connection) => connection.beat()), heartbeatIntervalMs),
      setInterval(
        () => this.connections.forEach((connection) => connection.tellWorking()),
        workingIntervalMs,
      ),
      setInterval(() => this.connections.forEach((connection) => connection.report()), reportIntervalMs),
      setInterval(() => void this.#rotate(), keyLifetimeMs),
    ];
  }

  static async start(connections: readonly ConnectionOptions[], deps: ConnectorDeps): Promise<Connector> {
    const identities = new Map(connections.map(({ name, identity }) => [name, identity]));
    const keys = await createProcessKeys(deps.replica, identities, deps.wallClock);
    return new Connector(connections, deps, keys);
  }

  get inFlight(): number {
    return this.connections.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /** Takes nothing new, finishes what was granted, says so. Resolves when done, or at the deadline. */
  async drain(deadline: Deadline): Promise<void> {
    this.#deps.events.draining({ inFlight: this.inFlight });
    for (const connection of this.connections) connection.drain();
    await pause(leaveMs);
    while (this.inFlight > 0 && !deadline.passed) await pause(Math.min(drainPollMs, deadline.remainingMs));
    await this.#deps.bus.flush(deadline.remainingMs);
  }

  /** Shows who it is by another identity key from now on, which the gateways must believe already. */
  async renewIdentity(name: ConnectionName, identity: IdentityKey): Promise<void> {
    await this.#keys.renewIdentity(name, identity);
    this.connections.find((connection) => connection.name === name)?.beat();
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of this.connections) connection.close();
  }

  async #rotate(): Promise<void> {
    try {
      await this.#keys.rotate();
    } catch (error) {
      this.#deps.events.defect({ where: "key_rotation", error });
    }
  }
}
