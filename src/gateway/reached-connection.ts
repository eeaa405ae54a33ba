/**
 * One connection of a gateway on the bus: its inbox, the replicas it hears, the sessions it holds.
 *
 * Owns: the subscriptions, and what is believed of the messages on them. Does not own: what becomes of one login
 * (`authenticate.ts`), to whose mailbox everything about it is brought.
 *
 * @module
 */

import { loginMethods } from "../login/attempt.ts";
import type { ConnectionName, LoginMethod } from "../login/attempt.ts";
import type { Method } from "../login/request.ts";
import type { PinnedKeys } from "../protocol/identity-key.ts";
import type { Bus, BusMessage, Subscription } from "../protocol/bus-port.ts";
import {
  encodeMessage,
  onGatewayInbox,
  onHeartbeatSubject,
  onReportSubject,
  parseMessage,
} from "../protocol/messages.ts";
import type { Announce, GatewayInboxMessage, RefusalReason, SealedMessage } from "../protocol/messages.ts";
import { bodyToGateway } from "../protocol/sealed-bodies.ts";
import type { BodyToReplica } from "../protocol/sealed-bodies.ts";
import type { Session } from "../protocol/session.ts";
import {
  allReplies,
  gatewayInbox,
  heartbeatSubject,
  isOptional,
  isReplicaInbox,
  loginSubject,
  parseReplySubject,
  replySubject,
  reportSubject,
  sessionReplySubject,
} from "../protocol/subjects.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import type { Events } from "../telemetry/events.ts";
import type { Exchange, Exchanges } from "./exchange.ts";
import { Isolation } from "./isolation.ts";
import { OpenedSessions } from "./opened-sessions.ts";
import type { OpenedSessionsDeps } from "./opened-sessions.ts";
import type { Replicas } from "./replicas.ts";
import { ReplicaReports } from "./status/replica-reports.ts";

export interface ReachDeps extends Omit<OpenedSessionsDeps, "send"> {
  readonly connection: ConnectionName;
  readonly gateway: ProcessId;
  readonly bus: Bus;
  readonly exchanges: Exchanges;
  readonly replicas: Replicas;
  readonly events: Events;
}

export class ReachedConnection {
  readonly replicas: Replicas;
  readonly sessions: OpenedSessions;
  readonly reports: ReplicaReports;
  readonly #deps: ReachDeps;
  readonly #heartbeats: readonly Subscription[];
  readonly #isolation: Isolation;
  #inbox: string;
  /** The newest inbox and the one before it: replicas answer attempts to where they came from. */
  #inboxes: readonly Subscription[];

  constructor(deps: ReachDeps) {
    this.#deps = deps;
    this.replicas = deps.replicas;
    this.#isolation = new Isolation(deps.now);
    this.sessions = new OpenedSessions({
      ...deps,
      send: (inbox, message) =>
        deps.bus.publish(inbox, encodeMessage(message), sessionReplySubject(this.#inbox)),
    });
    this.reports = new ReplicaReports(deps);
    this.#inbox = gatewayInbox(deps.connection, deps.gateway, deps.bus.epoch);
    this.#inboxes = [this.#listen()];
    this.#heartbeats = [
      ...loginMethods.map((method) =>
        deps.bus.subscribe(heartbeatSubject(deps.connection, method), {
          onMessage: (received) => this.#onHeartbeat(method, received),
        }),
      ),
      deps.bus.subscribe(reportSubject(deps.connection), {
        onMessage: (received) => this.#onReport(received),
      }),
    ];
  }

  /** @returns false while the bus is down. */
  announce({ attempt }: Exchange, method: Method, remainingMs: number, inbox: string | undefined): boolean {
    const { bus, connection } = this.#deps;
    const announce: Announce = {
      v: 1,
      type: "announce",
      attempt,
      method,
      remainingMs: Math.max(1, Math.ceil(remainingMs)),
    };
    const reply = replySubject(this.#inbox, attempt, "announce");
    return bus.publish(inbox ?? loginSubject(connection, method), encodeMessage(announce), reply);
  }

  /** @returns false while the bus is down. */
  send({ attempt }: Exchange, inbox: string, session: Session, body: BodyToReplica): boolean {
    const { bus } = this.#deps;
    if (!bus.connected) return false;
    const reply = replySubject(this.#inbox, attempt, "grant");
    return bus.publish(inbox, encodeMessage(session.seal(attempt, body)), reply);
  }

  /** After a reconnect some servers may not know a plain subscription again, so there is a new one. */
  renewInbox(): void {
    const { bus, connection, gateway } = this.#deps;
    this.replicas.reconnected();
    this.#inbox = gatewayInbox(connection, gateway, bus.epoch);
    const [newest, ...older] = this.#inboxes;
    for (const subscription of older) subscription.close();
    this.#inboxes = newest === undefined ? [this.#listen()] : [this.#listen(), newest];
  }

  /** Which connectors to believe from now on. */
  renewPins(pins: PinnedKeys): void {
    this.sessions.renewPins(pins);
    this.reports.renewPins(pins);
  }

  /** To be called every beat while the bus is connected. */
  sweep(): void {
    this.replicas.sweep();
    this.reports.sweep();
    this.sessions.sweep();
  }

  /** Why the server should be left that the bus is connected to, if it should be. To be asked every beat, after {@link sweep}. */
  reasonToLeave(othersAreWell: boolean): string | undefined {
    const { cutOffMs } = this.replicas;
    if (!this.#isolation.isDue(cutOffMs, othersAreWell)) return undefined;
    const { connection } = this.#deps;
    return `no replica of ${connection} was heard, or one not reached, for ${Math.round(cutOffMs)} ms`;
  }

  close(): void {
    for (const subscription of this.#heartbeats) subscription.close();
    for (const subscription of this.#inboxes) subscription.close();
  }

  #listen(): Subscription {
    const subject = allReplies(this.#inbox);
    return this.#deps.bus.subscribe(subject, { onMessage: (received) => this.#onReply(received) });
  }

  #onHeartbeat(method: LoginMethod, { payload }: BusMessage): void {
    const { connection } = this.#deps;
    const parsed = parseMessage(onHeartbeatSubject, payload);
    if (!parsed.ok) {
      this.#refuse("heartbeat", parsed.why);
      return;
    }
    const beat = parsed.message;
    if (!isReplicaInbox(beat.inbox, connection, beat.replica)) {
      this.#refuse("heartbeat", "bad_inbox");
      return;
    }
    if (isOptional(method)) {
      this.replicas.offered(beat.replica, method);
      return;
    }
    this.replicas.heard(beat);
    if (beat.state !== "draining") void this.sessions.obtain(beat);
  }

  #onReport({ payload }: BusMessage): void {
    const parsed = parseMessage(onReportSubject, payload);
    if (parsed.ok) void this.reports.receive(parsed.message.report);
    else this.#refuse("report", parsed.why);
  }

  #onReply(received: BusMessage): void {
    const { exchanges, connection } = this.#deps;
    if (received.noResponders) {
      const { attempt, step } = parseReplySubject(received.subject);
      if (attempt !== undefined)
        exchanges.find(attempt, connection)?.deliver({ kind: "no_responders", step });
      return;
    }
    const parsed = parseMessage(onGatewayInbox, received.payload);
    if (parsed.ok) this.#receive(parsed.message);
    else this.#refuse("gateway", parsed.why);
  }

  /** What belongs to a login that has ended finds no mailbox: its first final verdict was the one. */
  #receive(message: GatewayInboxMessage): void {
    const { exchanges, connection } = this.#deps;
    switch (message.type) {
      case "claim":
        if (!isReplicaInbox(message.inbox, connection, message.replica)) {
          this.#refuse("gateway", "bad_inbox");
          break;
        }
        this.replicas.claimed(message);
        exchanges.find(message.attempt, connection)?.deliver({ kind: "claim", claim: message });
        break;
      case "decline": {
        const { attempt, replica, why } = message;
        exchanges.find(attempt, connection)?.deliver({ kind: "decline", replica, why });
        break;
      }
      case "certificate":
      case "session_state":
        this.sessions.receive(message);
        break;
      case "sealed":
        this.#openSealed(message);
        break;
    }
  }

  #openSealed(message: SealedMessage): void {
    const { exchanges, connection } = this.#deps;
    const session = this.sessions.find(message.session);
    if (session === undefined) {
      this.#refuse("session", "not_opened");
      return;
    }
    const opened = session.open(message, bodyToGateway);
    if (!opened.ok) {
      this.#refuse("session", opened.why);
      return;
    }
    const { body } = opened;
    exchanges.find(message.attempt, connection)?.deliver({ kind: "body", replica: session.peer, body });
  }

  #refuse(kind: "heartbeat" | "report" | "gateway" | "session", why: RefusalReason): void {
    this.#deps.events.messageRefused({ kind, why });
  }
}
