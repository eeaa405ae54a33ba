/**
 * A bus inside one process, held to the same contract as NATS (`test/contract/bus.test.ts`).
 *
 * Every participant has a connection of its own that can be cut and healed. Delivery takes one turn of the event loop.
 */

import { setImmediate as nextTurn } from "node:timers";
import { setImmediate } from "node:timers/promises";
import type { Bus, BusMessage, SubscribeOptions, Subscription } from "../../src/protocol/bus-port.ts";

interface Listener extends SubscribeOptions {
  readonly subject: string;
  readonly owner: MemoryConnection;
}

export interface MemoryConnection extends Bus {
  /** Cuts this participant off, as if the server were gone. */
  cut(): void;
  heal(): void;
  /** Keeps back what arrives for this participant, as a stalled link or process does, until it is released in order. */
  hold(): void;
  release(): void;
}

export class MemoryBus {
  readonly #listeners = new Set<Listener>();
  /** Every message published, in order. */
  readonly log: BusMessage[] = [];

  connect(): MemoryConnection {
    const watchers = new Set<(connected: boolean) => void>();
    const listeners = this.#listeners;
    const deliver = (owner: MemoryConnection, message: BusMessage): void => this.#deliver(owner, message);
    let connected = true;
    let epoch = 1;
    let held: (() => void)[] | undefined;
    const setConnected = (now: boolean): void => {
      if (now === connected) return;
      connected = now;
      if (now) epoch += 1;
      for (const watcher of watchers) watcher(now);
    };
    const connection: MemoryConnection = {
      get connected() {
        return connected;
      },
      get epoch() {
        return epoch;
      },
      publish(subject, payload, reply) {
        if (!connected) return false;
        deliver(connection, {
          subject,
          payload,
          // Whoever may publish can write the server's notice too: it is a header.
          noResponders: payload.length === 0,
          ...(reply === undefined ? {} : { reply }),
        });
        return true;
      },
      subscribe(subject, options): Subscription {
        const onMessage = (message: BusMessage): void => {
          if (held === undefined) options.onMessage(message);
          else held.push(() => options.onMessage(message));
        };
        const listener = { subject, owner: connection, ...options, onMessage };
        listeners.add(listener);
        return { close: () => void listeners.delete(listener) };
      },
      onConnectionChange: (watcher) => void watchers.add(watcher),
      leave() {
        setConnected(false);
        nextTurn(() => setConnected(true));
      },
      flush: () => setImmediate(),
      cut: () => setConnected(false),
      heal: () => setConnected(true),
      hold: () => void (held ??= []),
      release: () => {
        const waiting = held ?? [];
        held = undefined;
        for (const handOver of waiting) handOver();
      },
    };
    return connection;
  }

  #deliver(sender: MemoryConnection, message: BusMessage): void {
    this.log.push(message);
    const hearing = [...this.#listeners].filter(
      ({ owner, subject }) => owner.connected && matches(subject, message.subject),
    );
    const queues = Map.groupBy(hearing, ({ queue }) => queue);
    const chosen = [...queues].flatMap(([queue, members]) =>
      queue === undefined ? members : [members[Math.floor(Math.random() * members.length)]],
    );
    for (const listener of chosen) {
      nextTurn(() => {
        if (listener?.owner.connected === true && this.#listeners.has(listener)) listener.onMessage(message);
      });
    }
    if (chosen.length === 0 && message.reply !== undefined) this.#notifyNoResponders(sender, message.reply);
  }

  #notifyNoResponders(sender: MemoryConnection, reply: string): void {
    for (const { owner, subject, onMessage } of this.#listeners) {
      if (owner !== sender || !matches(subject, reply)) continue;
      nextTurn(() => onMessage({ subject: reply, payload: new Uint8Array(), noResponders: true }));
    }
  }
}

function matches(pattern: string, subject: string): boolean {
  const [want, have] = [pattern.split("."), subject.split(".")];
  return want.length === have.length && want.every((token, index) => token === "*" || token === have[index]);
}
