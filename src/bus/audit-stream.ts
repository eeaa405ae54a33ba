/**
 * The stream of the audit in JetStream, for those who write to it. They may make it, look at it and add to it; nobody may take a record
 * out of it.
 *
 * @module
 */

import { headers as createHeaders } from "nats";
import type { NatsConnection } from "nats";
import { Deadline } from "../login/deadline.ts";
import type { Bus } from "../protocol/bus-port.ts";
import { auditSubjects } from "../protocol/subjects.ts";
import { parseApiAnswer } from "./jetstream-answer.ts";
import { JetStreamRequests } from "./jetstream-requests.ts";
import { MadeStream, nanoseconds, whyUnanswered } from "./made-stream.ts";
import type { StoreEvent, StoreResult } from "./store-event.ts";

export const auditStreamName = "drawbridge_audit";

export interface AuditStreamOptions {
  /** Below it, answers come in; nobody else may publish there. */
  readonly inbox: string;
  readonly maxAgeMs: number;
  readonly bytesMax: number;
  /** Copies; without it three where the servers are a cluster, else one. */
  readonly replicas?: number;
  readonly observe: (event: StoreEvent) => void;
}

export interface AuditMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** A message of the same id is stored once, however often it is sent within two minutes. */
  readonly id: string;
}

/** Waiting for the servers at once. */
const inFlightMax = 300;
const answerTimeoutMs = 2_000;
const sameIdMs = 120_000;
/** A record of the longest names, sealed. */
const messageBytesMax = 16_384;
const bucket = "audit";

export class AuditStream {
  readonly #stream: MadeStream;
  readonly #requests: JetStreamRequests;
  readonly #observe: (event: StoreEvent) => void;

  constructor(connection: NatsConnection, bus: Bus, options: AuditStreamOptions) {
    const { inbox, replicas, observe } = options;
    this.#observe = observe;
    this.#requests = new JetStreamRequests({ connection, bus, inbox, inFlightMax });
    this.#stream = new MadeStream(
      {
        name: auditStreamName,
        settings: streamSettings(options),
        replicas,
        observe: (result, ms) => observe({ bucket, operation: "open", result, ms }),
      },
      this.#requests,
    );
  }

  /** @returns true when the servers have all of them. Never rejects. */
  async add(messages: readonly AuditMessage[]): Promise<boolean> {
    const startedAtMs = performance.now();
    const deadline = Deadline.after(answerTimeoutMs);
    const closed = await this.#stream.open(deadline);
    const results =
      closed === undefined ? await Promise.all(messages.map((one) => this.#add(one, deadline))) : [closed];
    const result = results.find((one) => one !== "ok") ?? "ok";
    this.#observe({ bucket, operation: "put", result, ms: performance.now() - startedAtMs });
    return result === "ok";
  }

  async #add({ subject, payload, id }: AuditMessage, deadline: Deadline): Promise<StoreResult> {
    const headers = createHeaders();
    headers.set("Nats-Msg-Id", id);
    headers.set("Nats-Expected-Stream", auditStreamName);
    const asked = await this.#requests.ask(subject, payload, deadline, headers);
    if (asked.kind === "nobody") await this.#stream.look();
    if (asked.kind !== "answer") return whyUnanswered(asked);
    const answer = parseApiAnswer(asked.message.data);
    return answer?.errorCode === undefined && answer?.sequence !== undefined ? "ok" : "refused";
  }
}

function streamSettings({ maxAgeMs, bytesMax }: AuditStreamOptions) {
  return {
    subjects: [auditSubjects],
    retention: "limits",
    max_consumers: -1,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_bytes: bytesMax,
    max_age: nanoseconds(maxAgeMs),
    max_msg_size: messageBytesMax,
    storage: "file",
    discard: "old",
    duplicate_window: nanoseconds(sameIdMs),
    allow_rollup_hdrs: false,
    deny_delete: true,
    deny_purge: true,
    allow_direct: false,
  };
}
