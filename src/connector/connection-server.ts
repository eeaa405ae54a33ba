/**
 * One connection of a replica on the bus: listens, answers, beats, and leaves the queue group while it cannot serve.
 *
 * Owns: the subscriptions, and what is believed of the messages on them. Does not own: what a message then means (`handle.ts`).
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Bus, BusMessage, Subscription } from "../protocol/bus-port.ts";
import { encodeMessage, onLoginSubject, onReplicaInbox, parseMessage } from "../protocol/messages.ts";
import type { Announce, Message, ReplicaInboxMessage, SealedMessage } from "../protocol/messages.ts";
import { bodyToReplica } from "../protocol/sealed-bodies.ts";
import type { Session } from "../protocol/session.ts";
import type { OptionalMethod, ProcessId } from "../protocol/subjects.ts";
import {
  heartbeatSubject,
  isGatewayReply,
  loginSubject,
  queueGroup,
  replicaInbox,
} from "../protocol/subjects.ts";
import type { Events } from "../telemetry/events.ts";
import type { AcceptedSessions } from "./accepted-sessions.ts";
import type { Admission } from "./admission.ts";
import type { Handler } from "./handle.ts";
import type { ProcessKeys } from "./process-keys.ts";
import type { Send } from "./running-attempt.ts";

export interface ServeDeps {
  readonly connection: ConnectionName;
  readonly replica: ProcessId;
  readonly bus: Bus;
  /** What this replica offers beside passwords. */
  readonly methods: readonly OptionalMethod[];
  readonly handler: Handler;
  readonly admission: Admission;
  readonly sessions: AcceptedSessions;
  readonly keys: ProcessKeys;
  readonly events: Events;
}

export type ServingState = "ready" | "not_ready" | "draining";

export class ConnectionServer {
  readonly #deps: ServeDeps;
  #state: ServingState = "not_ready";
  #queues: readonly Subscription[] = [];
  #inbox: string;
  /** The newest inbox and the one before it, which may still be written to. */
  #inboxes: readonly Subscription[];

  constructor(deps: ServeDeps) {
    this.#deps = deps;
    this.#inbox = replicaInbox(deps.connection, deps.replica, deps.bus.epoch);
    this.#inboxes = [this.#listen()];
    deps.bus.onConnectionChange((connected) => {
      if (connected) this.#renewInbox();
    });
  }

  /** Joins the queue group when ready, leaves it otherwise; tells the gateways at once. */
  setState(state: ServingState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const queue of this.#queues) queue.close();
    this.#queues = state === "ready" ? this.#joinQueues() : [];
    this.beat();
  }

  beat(): void {
    const { connection, methods, replica, keys, admission } = this.#deps;
    const beat: Message = {
      v: 1,
      type: "heartbeat",
      replica,
      inbox: this.#inbox,
      certificate: keys.current(connection).id,
      state: this.#state,
      freeSlots: admission.freeSlots,
    };
    for (const method of ["password", ...methods] as const)
      this.#publish(heartbeatSubject(connection, method), beat);
  }

  close(): void {
    for (const queue of this.#queues) queue.close();
    for (const subscription of this.#inboxes) subscription.close();
  }

  #joinQueues(): readonly Subscription[] {
    const { bus, connection, methods } = this.#deps;
    const onMessage = (received: BusMessage): void => this.#onAnnounce(received);
    return (["password", ...methods] as const).map((method) =>
      bus.subscribe(loginSubject(connection, method), { queue: queueGroup, onMessage }),
    );
  }

  #listen(): Subscription {
    return this.#deps.bus.subscribe(this.#inbox, { onMessage: (received) => this.#onInbox(received) });
  }

  /** After a reconnect some servers may not know a plain subscription again, so there is a new one. */
  #renewInbox(): void {
    const { bus, connection, replica } = this.#deps;
    this.#inbox = replicaInbox(connection, replica, bus.epoch);
    const [newest, ...older] = this.#inboxes;
    for (const subscription of older) subscription.close();
    this.#inboxes = newest === undefined ? [this.#listen()] : [this.#listen(), newest];
    this.beat();
  }

  #onAnnounce(received: BusMessage): void {
    const believed = this.#believe("announce", onLoginSubject, received);
    if (believed !== undefined) this.#answerAnnounce(believed.message, believed.reply);
  }

  #onInbox(received: BusMessage): void {
    const believed = this.#believe("replica", onReplicaInbox, received);
    if (believed !== undefined) this.#receive(believed.message, believed.reply);
  }

  /** A message of the expected form, from a gateway that can be answered; all else is counted. */
  #believe<T>(
    kind: "announce" | "replica",
    schema: Parameters<typeof parseMessage<T>>[0],
    { payload, reply }: BusMessage,
  ): { readonly message: T; readonly reply: string } | undefined {
    const { connection, events } = this.#deps;
    const parsed = parseMessage(schema, payload);
    if (!parsed.ok) events.messageRefused({ kind, why: parsed.why });
    else if (reply === undefined || !isGatewayReply(reply, connection)) {
      events.messageRefused({ kind, why: "bad_inbox" });
    } else return { message: parsed.message, reply };
    return undefined;
  }

  #receive(message: ReplicaInboxMessage, reply: string): void {
    switch (message.type) {
      case "announce":
        this.#answerAnnounce(message, reply);
        break;
      case "certificate_request":
        this.#showCertificate(message.certificate, reply);
        break;
      case "session_offer":
        void this.#acceptOffer(message.offer, reply);
        break;
      case "sealed":
        this.#openSealed(message, reply);
        break;
    }
  }

  #answerAnnounce(announce: Announce, reply: string): void {
    const { connection, replica, handler, keys } = this.#deps;
    const { attempt } = announce;
    const answer = handler.announced(announce);
    if (answer.type === "decline") this.#publish(reply, { v: 1, attempt, replica, ...answer });
    else {
      const certificate = keys.current(connection).id;
      this.#publish(reply, { v: 1, attempt, replica, inbox: this.#inbox, certificate, ...answer });
    }
  }

  #showCertificate(id: string, reply: string): void {
    const { connection, replica, keys } = this.#deps;
    const certificate = keys.find(connection, id);
    if (certificate !== undefined) this.#publish(reply, { v: 1, type: "certificate", replica, certificate });
  }

  async #acceptOffer(offer: string, reply: string): Promise<void> {
    const { connection, replica, sessions, events } = this.#deps;
    const accepted = await sessions.accept(offer);
    if (typeof accepted === "string") {
      events.sessionRefused({ connection, why: accepted });
      return;
    }
    events.sessionAccepted({ connection, gateway: accepted.peer });
    this.#publish(reply, { v: 1, type: "session_state", replica, session: accepted.id, known: true });
  }

  #openSealed(message: SealedMessage, reply: string): void {
    const { replica, sessions, events, handler } = this.#deps;
    const { attempt } = message;
    const session = sessions.find(message.session);
    if (session === undefined) {
      this.#publish(reply, { v: 1, type: "session_state", replica, session: message.session, known: false });
      events.messageRefused({ kind: "session", why: "not_opened" });
      return;
    }
    const opened = session.open(message, bodyToReplica);
    if (!opened.ok) {
      events.messageRefused({ kind: "session", why: opened.why });
      return;
    }
    const send = this.#sendIn(session, message, reply);
    switch (opened.body.type) {
      case "grant":
        void handler.granted(attempt, opened.body, send);
        break;
      case "revoke":
        handler.revoked(attempt, send);
        break;
      case "renew":
        handler.renewed(attempt, opened.body.sequence);
        break;
    }
  }

  #sendIn(session: Session, { attempt }: SealedMessage, reply: string): Send {
    return (body) => this.#deps.bus.connected && this.#publish(reply, session.seal(attempt, body));
  }

  #publish(subject: string, message: Message): boolean {
    return this.#deps.bus.publish(subject, encodeMessage(message));
  }
}
