/**
 * What is published within one turn of the event loop, in one write: each costs a system call and a TLS record, here and at the server.
 *
 * The bytes are in the kernel before whatever waits for its turn by `setImmediate` after publishing goes on.
 *
 * @module
 */

export interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reply: string | undefined;
}

export class Outbox {
  readonly #send: (messages: readonly Outgoing[]) => unknown;
  #waiting: Outgoing[] = [];

  constructor(send: (messages: readonly Outgoing[]) => unknown) {
    this.#send = send;
  }

  put(message: Outgoing): void {
    if (this.#waiting.length === 0) setImmediate(() => this.empty());
    this.#waiting.push(message);
  }

  /** Sends what waits, now. */
  empty(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    if (messages.length > 0) this.#send(messages);
  }
}
