/**
 * The mailbox of one login: everything that the bus brings for it, in the order of arrival.
 *
 * Several replicas may speak about one attempt (a late claim, a verdict from one that was given up). They all land here, and
 * whoever drives the login reads one thing after another.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { Claim, Decline } from "../protocol/messages.ts";
import type { BodyToGateway } from "../protocol/sealed-bodies.ts";
import type { ProcessId } from "../protocol/subjects.ts";

export type ExchangeEvent =
  | { readonly kind: "claim"; readonly claim: Claim }
  | { readonly kind: "decline"; readonly replica: ProcessId; readonly why: Decline["why"] }
  /** The server says that nobody listens on the subject of the announce, or of the replica. */
  | { readonly kind: "no_responders"; readonly step: string }
  | { readonly kind: "body"; readonly replica: ProcessId; readonly body: BodyToGateway }
  | { readonly kind: "bus"; readonly connected: boolean };

/** A flood of messages with one attempt's id stops here; a login needs a dozen. */
const queuedMax = 64;

export class Exchange implements Disposable {
  readonly attempt: AttemptId;
  readonly connection: ConnectionName;
  readonly #onClose: () => void;
  readonly #queued: ExchangeEvent[] = [];
  #waiting: ((event: ExchangeEvent | undefined) => void) | undefined;

  constructor(attempt: AttemptId, connection: ConnectionName, onClose: () => void) {
    this.attempt = attempt;
    this.connection = connection;
    this.#onClose = onClose;
  }

  /** Waits for the next event; undefined after that many milliseconds without one. One reader at a time. */
  next(timeoutMs: number): Promise<ExchangeEvent | undefined> {
    const queued = this.#queued.shift();
    if (queued !== undefined) return Promise.resolve(queued);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting?.(undefined), Math.max(0, timeoutMs));
      this.#waiting = (event) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve(event);
      };
    });
  }

  /** @returns false when the mailbox is full and the event was dropped. */
  deliver(event: ExchangeEvent): boolean {
    if (this.#waiting !== undefined) this.#waiting(event);
    else if (this.#queued.length < queuedMax || this.#makeRoomFor(event)) this.#queued.push(event);
    else return false;
    return true;
  }

  /** What is said in clear can be forged by the dozen; it must not keep out what is sealed. */
  #makeRoomFor(event: ExchangeEvent): boolean {
    if (isInClear(event)) return false;
    const index = this.#queued.findIndex(isInClear);
    if (index >= 0) this.#queued.splice(index, 1);
    return index >= 0;
  }

  [Symbol.dispose](): void {
    this.#waiting?.(undefined);
    this.#onClose();
  }
}

function isInClear({ kind }: ExchangeEvent): boolean {
  return kind === "claim" || kind === "decline" || kind === "no_responders";
}

/** All logins under way, by attempt id. */
export class Exchanges {
  readonly #open = new Map<AttemptId, Exchange>();
  readonly #counts = new Map<ConnectionName, number>();

  get size(): number {
    return this.#open.size;
  }

  /** Of one connection, so that the people of another are not held up by it. */
  sizeOf(connection: ConnectionName): number {
    return this.#counts.get(connection) ?? 0;
  }

  open(attempt: AttemptId, connection: ConnectionName): Exchange {
    const exchange = new Exchange(attempt, connection, () => {
      this.#open.delete(attempt);
      this.#counts.set(connection, this.sizeOf(connection) - 1);
    });
    this.#open.set(attempt, exchange);
    this.#counts.set(connection, this.sizeOf(connection) + 1);
    return exchange;
  }

  find(attempt: AttemptId, connection: ConnectionName): Exchange | undefined {
    const exchange = this.#open.get(attempt);
    return exchange?.connection === connection ? exchange : undefined;
  }

  deliverToAll(event: ExchangeEvent): void {
    for (const exchange of this.#open.values()) exchange.deliver(event);
  }
}
