/**
 * The connection to NATS: the only file that opens one.
 *
 * It never gives up: it reconnects for ever, over all listed servers, with jitter, and a refused credential is reported and tried
 * again, because it may have been rotated. Nothing is published while disconnected, since the client would burst it out to people
 * who no longer wait.
 *
 * @module
 */

import { connect } from "nats";
import type { Msg, NatsConnection } from "nats";
import type { Bus, BusMessage } from "../protocol/bus-port.ts";
import type { Store } from "../protocol/store-port.ts";
import { AuditReader } from "./audit-reader.ts";
import { AuditStream } from "./audit-stream.ts";
import type { AuditStreamOptions } from "./audit-stream.ts";
import { lastingConnection, trial } from "./client-options.ts";
import type { BusClient } from "./client-options.ts";
import { Liveness } from "./liveness.ts";
import { createNatsStore } from "./nats-store.ts";
import type { NatsStoreOptions } from "./nats-store.ts";
import { Outbox } from "./outbox.ts";
import type { Outgoing } from "./outbox.ts";
import { Renewal } from "./renewal.ts";

export interface BusOptions extends BusClient {
  readonly observe: (event: BusEvent) => void;
  /** What still wants to be sent is waited for. */
  readonly beforeClose?: () => Promise<void>;
}

export type BusEvent =
  | { readonly kind: "connected"; readonly server: string }
  | { readonly kind: "disconnected"; readonly why: string }
  /** A permission was refused, a subscription lags: the connection stays, an operator should look. */
  | { readonly kind: "complaint"; readonly why: string }
  /** The server answered a ping. */
  | { readonly kind: "answered"; readonly ms: number }
  /** New credentials are in use, or of no use so far. */
  | { readonly kind: "renewed" }
  | { readonly kind: "not_renewed"; readonly why: string };

export interface NatsBus extends Bus, AsyncDisposable {
  /** Over the same connection. Nothing is asked of the servers before a bucket is used. */
  openStore(options: NatsStoreOptions): Store;
  openAuditStream(options: AuditStreamOptions): AuditStream;
  /** @param inbox  Below it, answers come in; nobody else may publish there. */
  openAuditReader(inbox: string): AuditReader;
}

/**
 * Resolves when a first connection stands, however long that takes.
 *
 * @throws the signal's reason when aborted before that; an Error when the options themselves are unusable.
 */
export async function connectBus(options: BusOptions, signal: AbortSignal): Promise<NatsBus> {
  const connecting = connect(lastingConnection(options));
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const connection = await Promise.race([connecting, aborted]);
  options.credentials.offerAccepted();
  return createBus(connection, options);
}

function createBus(connection: NatsConnection, options: BusOptions): NatsBus {
  const { observe, credentials } = options;
  const listeners = new Set<(connected: boolean) => void>();
  let connected = true;
  let epoch = 1;

  const setConnected = (now: boolean): void => {
    if (connected === now) return;
    connected = now;
    if (now) epoch += 1;
    for (const listener of listeners) listener(now);
  };
  observe({ kind: "connected", server: connection.getServer() });
  const onConnect = (now: boolean): void => {
    if (now) credentials.offerAccepted();
    setConnected(now);
  };
  const watching = watchStatus(connection, onConnect, observe);
  const renewal = renewing(connection, options);
  const liveness = watchLiveness(connection, () => connected, observe);

  const isUsable = (): boolean => connected && !connection.isClosed();
  // Dropped like what is published from now on, where the connection is lost meanwhile.
  const outbox = new Outbox((messages) => isUsable() && publishAll(connection, messages, observe));

  const bus: NatsBus = {
    get connected() {
      return connected;
    },
    get epoch() {
      return epoch;
    },
    publish(subject, payload, reply) {
      if (isUsable()) outbox.put({ subject, payload, reply });
      return isUsable();
    },
    subscribe(subject, { queue, onMessage }) {
      const subscription = connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        // An error of the subscription's comes as a status too, and is told there.
        callback: (error, message) => {
          if (error === null) handOver(message, onMessage, observe);
        },
      });
      return { close: () => subscription.unsubscribe() };
    },
    onConnectionChange: (listener) => void listeners.add(listener),
    leave(why) {
      if (!isUsable()) return;
      observe({ kind: "complaint", why: `leaving ${connection.getServer()}: ${why}` });
      void connection.reconnect();
    },
    async flush(timeoutMs) {
      if (!isUsable()) return;
      outbox.empty();
      const flushed = connection.flush().catch(() => undefined);
      await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
    },
    ...jetStreamOf(connection, () => bus),
    async [Symbol.asyncDispose]() {
      await options.beforeClose?.();
      liveness[Symbol.dispose]();
      renewal[Symbol.dispose]();
      outbox.empty();
      await Promise.all([connection.close(), watching]);
    },
  };
  return bus;
}

function jetStreamOf(
  connection: NatsConnection,
  bus: () => Bus,
): Pick<NatsBus, "openStore" | "openAuditStream" | "openAuditReader"> {
  return {
    openStore: (store) => createNatsStore(connection, bus(), store),
    openAuditStream: (stream) => new AuditStream(connection, bus(), stream),
    openAuditReader: (inbox) => new AuditReader(connection, bus(), inbox),
  };
}

function watchLiveness(
  connection: NatsConnection,
  isConnected: () => boolean,
  observe: BusOptions["observe"],
): Liveness {
  return new Liveness({
    connection,
    isConnected,
    silent: (ms) => observe({ kind: "complaint", why: `${connection.getServer()} was silent for ${ms} ms` }),
    answered: (ms) => observe({ kind: "answered", ms }),
  });
}

function publishAll(
  connection: NatsConnection,
  messages: readonly Outgoing[],
  observe: BusOptions["observe"],
): void {
  for (const { subject, payload, reply } of messages) {
    try {
      connection.publish(subject, payload, reply === undefined ? {} : { reply });
    } catch (error) {
      // Larger than this server takes, or closed in this moment.
      observe({ kind: "complaint", why: error instanceof Error ? error.message : "not published" });
    }
  }
}

function renewing(connection: NatsConnection, options: BusOptions): Renewal {
  return new Renewal({
    credentials: options.credentials,
    async probe(credential) {
      const name = `${options.name}, trying new keys`;
      await (await connect(trial({ ...options, name }, credential))).close();
    },
    reconnect: () => connection.reconnect(),
    told: (end) => options.observe(end.taken ? { kind: "renewed" } : { kind: "not_renewed", why: end.why }),
    random: Math.random,
  });
}

/** Thrown on, a handler's error would end the client's reading for good. */
function handOver(
  message: Msg,
  onMessage: (message: BusMessage) => void,
  observe: BusOptions["observe"],
): void {
  try {
    onMessage(toBusMessage(message));
  } catch (defect) {
    observe({ kind: "complaint", why: defect instanceof Error ? defect.message : "a handler failed" });
  }
}

async function watchStatus(
  connection: NatsConnection,
  setConnected: (connected: boolean) => void,
  observe: BusOptions["observe"],
): Promise<void> {
  for await (const status of connection.status()) {
    switch (status.type) {
      case "disconnect":
        setConnected(false);
        observe({ kind: "disconnected", why: `lost ${status.server}` });
        break;
      case "reconnect":
        setConnected(true);
        observe({ kind: "connected", server: status.server });
        break;
      case "error":
        observe({ kind: "complaint", why: status.error.message });
        break;
      case "slowConsumer":
        observe({ kind: "complaint", why: `slow consumer, ${status.pending} messages wait` });
        break;
      case "close":
        setConnected(false);
        break;
      case "ldm":
      case "update":
      case "ping":
      case "reconnecting":
      case "staleConnection":
      case "forceReconnect":
        break;
    }
  }
}

function toBusMessage(message: Msg): BusMessage {
  return {
    subject: message.subject,
    payload: message.data,
    ...(message.reply === undefined || message.reply === "" ? {} : { reply: message.reply }),
    noResponders: message.data.length === 0 && message.headers?.code === 503,
  };
}
