/**
 * The message bus as the wire needs it: publish, listen, and know whether one is connected.
 *
 * @module
 */

export interface BusMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reply?: string;
  /** True for the server's own notice that nobody listens on the subject of a published request. */
  readonly noResponders: boolean;
}

export interface Subscription {
  /** Stops delivery; messages already received are still handed over. */
  close(): void;
}

export interface Bus {
  readonly connected: boolean;
  /** How often this program has connected; part of every private inbox, so that a reconnect makes a new one. */
  readonly epoch: number;
  /**
   * Fire and forget. Dropped while disconnected: what waited out an outage would reach nobody who still wants it.
   * @returns false when it was dropped.
   */
  publish(subject: string, payload: Uint8Array, reply?: string): boolean;
  /** With a queue, one member of that queue gets each message. */
  subscribe(subject: string, options: SubscribeOptions): Subscription;
  /** Called with true after each connect and reconnect, false after each loss. */
  onConnectionChange(listener: (connected: boolean) => void): void;
  /** Goes over to another server, because this one, though it answers, leads nowhere. @param why  For an operator. */
  leave(why: string): void;
  /** Resolves when everything published so far has reached the server, or the time is over. */
  flush(timeoutMs: number): Promise<void>;
}

export interface SubscribeOptions {
  readonly queue?: string;
  readonly onMessage: (message: BusMessage) => void;
}
