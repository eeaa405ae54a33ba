/**
 * The replicas of one connection, by the heartbeats that every gateway hears.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Bus, BusMessage, Subscription } from "../protocol/bus-port.ts";
import { onHeartbeatSubject, parseMessage } from "../protocol/messages.ts";
import type { Heartbeat } from "../protocol/messages.ts";
import { heartbeatSubject, isReplicaInbox } from "../protocol/subjects.ts";
import type { ProcessId } from "../protocol/subjects.ts";

export interface HeardReplica {
  readonly beat: Heartbeat;
  /** On the monotonic clock. */
  readonly heardAtMs: number;
}

/** Most that are kept: a flood of forged heartbeats stops here. */
const replicasMax = 1_000;

export class HeardReplicas implements Disposable {
  readonly #connection: ConnectionName;
  readonly #known = new Map<ProcessId, HeardReplica>();
  readonly #subscription: Subscription;

  constructor(bus: Bus, connection: ConnectionName) {
    this.#connection = connection;
    this.#subscription = bus.subscribe(heartbeatSubject(connection, "password"), {
      onMessage: (message) => this.#heard(message),
    });
  }

  /** Every one that was heard and has not said good-bye. */
  get all(): readonly HeardReplica[] {
    return [...this.#known.values()];
  }

  [Symbol.dispose](): void {
    this.#subscription.close();
  }

  #heard({ payload }: BusMessage): void {
    const parsed = parseMessage(onHeartbeatSubject, payload);
    if (!parsed.ok) return;
    const { message: beat } = parsed;
    const { replica, inbox, state } = beat;
    if (!isReplicaInbox(inbox, this.#connection, replica)) return;
    if (state === "draining") this.#known.delete(replica);
    else if (this.#known.has(replica) || this.#known.size < replicasMax)
      this.#known.set(replica, { beat, heardAtMs: performance.now() });
  }
}
