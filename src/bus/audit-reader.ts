/**
 * The stream of the audit in JetStream, for those who read it: by number, without a consumer, so that nothing on the servers changes by
 * their reading.
 *
 * @module
 */

import type { NatsConnection } from "nats";
import type { Deadline } from "../login/deadline.ts";
import type { Bus } from "../protocol/bus-port.ts";
import { auditStreamName } from "./audit-stream.ts";
import { jetStreamErrors, parseApiAnswer } from "./jetstream-answer.ts";
import type { ApiAnswer, StoredMessage } from "./jetstream-answer.ts";
import { JetStreamRequests } from "./jetstream-requests.ts";
import { whyUnanswered } from "./made-stream.ts";
import type { StoreFailure } from "./store-event.ts";

export interface AuditExtent {
  readonly kind: "extent";
  readonly first: number;
  /** Smaller than the first where there is none. */
  readonly last: number;
}

export type AuditMessageFound =
  { readonly kind: "found"; readonly message: StoredMessage } | { readonly kind: "none" } | Unreadable;

export interface Unreadable {
  readonly kind: "unreadable";
  readonly why: StoreFailure;
}

const inFlightMax = 128;

export class AuditReader {
  readonly #requests: JetStreamRequests;

  /** @param inbox  Below it, answers come in; nobody else may publish there. */
  constructor(connection: NatsConnection, bus: Bus, inbox: string) {
    this.#requests = new JetStreamRequests({ connection, bus, inbox, inFlightMax });
  }

  async extent(deadline: Deadline): Promise<AuditExtent | Unreadable> {
    const answer = await this.#ask("INFO", {}, deadline);
    if ("kind" in answer) return answer;
    if (answer.errorCode === jetStreamErrors.streamNotFound) return { kind: "extent", first: 1, last: 0 };
    return answer.state === undefined ? refused : { kind: "extent", ...answer.state };
  }

  at(sequence: number, deadline: Deadline): Promise<AuditMessageFound> {
    return this.#get({ seq: sequence }, deadline);
  }

  /** The first one from that number on whose subject matches. */
  next(from: number, subject: string, deadline: Deadline): Promise<AuditMessageFound> {
    return this.#get({ seq: from, next_by_subj: subject }, deadline);
  }

  async #get(query: object, deadline: Deadline): Promise<AuditMessageFound> {
    const answer = await this.#ask("MSG.GET", query, deadline);
    if ("kind" in answer) return answer;
    if (answer.errorCode === jetStreamErrors.noMessageFound) return { kind: "none" };
    return answer.message === undefined ? refused : { kind: "found", message: answer.message };
  }

  async #ask(verb: "INFO" | "MSG.GET", query: object, deadline: Deadline): Promise<ApiAnswer | Unreadable> {
    const subject = `$JS.API.STREAM.${verb}.${auditStreamName}`;
    const asked = await this.#requests.ask(subject, Buffer.from(JSON.stringify(query)), deadline);
    if (asked.kind !== "answer") return { kind: "unreadable", why: whyUnanswered(asked) };
    return parseApiAnswer(asked.message.data) ?? refused;
  }
}

const refused: Unreadable = { kind: "unreadable", why: "refused" };
