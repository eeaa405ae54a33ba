/**
 * Leaves a NATS server that has fallen silent: stopped, starved, or behind a line that carries nothing any more.
 *
 * Such a server neither closes its connections nor refuses new ones, and a login that is published to it is lost without a word. The
 * client's own pings notice that after seconds; a person waits for one at most.
 *
 * @module
 */

import { Deadline } from "../login/deadline.ts";
import { withinDeadline } from "../login/within-deadline.ts";

/** What is watched: a connection of the NATS client. */
export interface WatchedConnection {
  /** Resolves when the server has answered a ping; rejects when the connection is lost before. */
  flush(): Promise<void>;
  /** Leaves the server for the next one. */
  reconnect(): Promise<void>;
}

const intervalMs = 200;
const patienceLeastMs = 400;
/** A whole cluster that is slow must not be asked for new connections again and again: each time the patience doubles. */
const patienceMostMs = 6_400;
/** A connection that has held for so long shows that the server before was to blame, and not the line to all of them. */
const provenAfterMs = 5_000;

export interface LivenessOptions {
  readonly connection: WatchedConnection;
  /** Nothing is asked while it is false. */
  readonly isConnected: () => boolean;
  /** Told of a server that is left, and for how many milliseconds it had not answered. */
  readonly silent: (ms: number) => void;
  /** Told of each ping that was answered, and after how many milliseconds. */
  readonly answered: (ms: number) => void;
}

export class Liveness implements Disposable {
  readonly #options: LivenessOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #patienceMs = patienceLeastMs;
  #proven = Deadline.after(0);

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#askLater();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #askLater(): void {
    if (!this.#closed) this.#timer = setTimeout(() => void this.#ask(), intervalMs);
  }

  async #ask(): Promise<void> {
    const { connection, isConnected } = this.#options;
    if (isConnected()) {
      if (this.#proven.passed) this.#patienceMs = patienceLeastMs;
      // Rejected for a connection that was lost meanwhile, which the client mends by itself.
      const answered = connection.flush().then(
        () => "answered",
        () => "lost",
      );
      const [patience, askedAtMs] = [Deadline.after(this.#patienceMs), performance.now()];
      const answer = await withinDeadline(patience, answered);
      if (answer === "answered") this.#options.answered(performance.now() - askedAtMs);
      if (answer === "timeout" && isConnected() && !this.#closed) await this.#leave();
    }
    this.#askLater();
  }

  async #leave(): Promise<void> {
    this.#options.silent(this.#patienceMs);
    this.#patienceMs = Math.min(patienceMostMs, 2 * this.#patienceMs);
    this.#proven = Deadline.after(provenAfterMs);
    await this.#options.connection.reconnect();
  }
}
