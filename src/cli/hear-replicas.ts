/**
 * The replicas of one connection, by the heartbeats and reports that every gateway hears.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import { ReplicaReports } from "../gateway/status/replica-reports.ts";
import type { PinnedKeys } from "../protocol/identity-key.ts";
import type { Bus, BusMessage, Subscription } from "../protocol/bus-port.ts";
import { onHeartbeatSubject, onReportSubject, parseMessage } from "../protocol/messages.ts";
import type { Heartbeat } from "../protocol/messages.ts";
import { heartbeatSubject, isReplicaInbox, reportSubject } from "../protocol/subjects.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { heartbeatIntervalMs, reportIntervalMs } from "../protocol/timing.ts";

export interface HeardReplica {
  readonly beat: Heartbeat;
  /** On the monotonic clock. */
  readonly heardAtMs: number;
}

/** In which every replica that lives is heard, and has reported. */
export const hearingMs = reportIntervalMs + heartbeatIntervalMs;
/** Most that are kept: a flood of forged heartbeats stops here. */
const replicasMax = 1_000;

export class HeardReplicas implements Disposable {
  readonly #connection: ConnectionName;
  readonly #known = new Map<ProcessId, HeardReplica>();
  readonly #subscriptions: readonly Subscription[];
  readonly reports: ReplicaReports;

  constructor(bus: Bus, connection: ConnectionName, connectorKeys: PinnedKeys) {
    this.#connection = connection;
    this.reports = new ReplicaReports({
      connection,
      connectorKeys,
      events: { messageRefused: () => {}, replicasCompared: () => {} },
      now: () => performance.now(),
      wallClock: Date.now,
    });
    this.#subscriptions = [
      bus.subscribe(heartbeatSubject(connection, "password"), {
        onMessage: (message) => this.#heard(message),
      }),
      bus.subscribe(reportSubject(connection), { onMessage: (message) => this.#reported(message) }),
    ];
  }

  /** Every one that was heard and has not said good-bye. */
  get all(): readonly HeardReplica[] {
    return [...this.#known.values()];
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  #reported({ payload }: BusMessage): void {
    const parsed = parseMessage(onReportSubject, payload);
    if (parsed.ok) void this.reports.receive(parsed.message.report);
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
