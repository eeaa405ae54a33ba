/**
 * Asks JetStream: one request, at most one answer, until a deadline.
 *
 * A cluster that elects a leader answers nothing for seconds. So what waits is bounded, and while the connection is down nothing
 * waits at all.
 *
 * @module
 */

import type { Msg, MsgHdrs, NatsConnection } from "nats";
import type { Deadline } from "../login/deadline.ts";
import { withinDeadline } from "../login/within-deadline.ts";
import type { Bus } from "../protocol/bus-port.ts";

export type JetStreamAnswer =
  | { readonly kind: "answer"; readonly message: Msg }
  /** No server has JetStream, or no stream takes the subject. */
  | { readonly kind: "nobody" }
  | { readonly kind: "none"; readonly why: "disconnected" | "busy" | "timeout" };

export interface RequestsOptions {
  readonly connection: NatsConnection;
  readonly bus: Pick<Bus, "connected" | "epoch" | "onConnectionChange">;
  /** Below it, answers come in; nobody else may publish there. */
  readonly inbox: string;
  readonly inFlightMax: number;
}

export class JetStreamRequests {
  readonly #options: RequestsOptions;
  readonly #waiting = new Map<string, (answer: JetStreamAnswer) => void>();
  #sent = 0;
  #endListening = (): void => undefined;

  constructor(options: RequestsOptions) {
    this.#options = options;
    options.bus.onConnectionChange((connected) => (connected ? this.#listen() : this.#giveUp()));
    if (options.bus.connected) this.#listen();
  }

  async ask(
    subject: string,
    payload: Uint8Array,
    deadline: Deadline,
    headers?: MsgHdrs,
  ): Promise<JetStreamAnswer> {
    const { connection, bus, inFlightMax } = this.#options;
    if (!bus.connected || connection.isClosed()) return { kind: "none", why: "disconnected" };
    if (this.#waiting.size >= inFlightMax) return { kind: "none", why: "busy" };
    this.#sent += 1;
    const id = String(this.#sent);
    const { promise, resolve } = Promise.withResolvers<JetStreamAnswer>();
    this.#waiting.set(id, resolve);
    try {
      const reply = `${this.#inbox}.${id}`;
      connection.publish(subject, payload, headers === undefined ? { reply } : { reply, headers });
      const answer = await withinDeadline(deadline, promise);
      return answer === "timeout" ? { kind: "none", why: "timeout" } : answer;
    } catch {
      // Closed in this moment.
      return { kind: "none", why: "disconnected" };
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** A new one after each connect: servers may not all know an old subscription again. */
  get #inbox(): string {
    return `${this.#options.inbox}.${this.#options.bus.epoch}`;
  }

  #listen(): void {
    this.#endListening();
    const subscription = this.#options.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return;
        const isNotice = message.data.length === 0 && message.headers?.code === 503;
        const id = message.subject.slice(message.subject.lastIndexOf(".") + 1);
        this.#waiting.get(id)?.(isNotice ? { kind: "nobody" } : { kind: "answer", message });
      },
    });
    this.#endListening = () => subscription.unsubscribe();
  }

  #giveUp(): void {
    for (const answer of this.#waiting.values()) answer({ kind: "none", why: "disconnected" });
  }
}
