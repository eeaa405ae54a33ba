/**
 * Takes over new credentials of the bus: tries them beside the connection that stands, then has that one made anew.
 *
 * Replicas get new files at the same time; they do not leave the bus at the same time.
 *
 * @module
 */

import type { BusCredential, BusCredentials } from "./bus-credentials.ts";

export interface RenewalOptions {
  readonly credentials: BusCredentials;
  /** Opens a connection and closes it. @throws what stood in the way. */
  readonly probe: (credential: BusCredential) => Promise<void>;
  readonly reconnect: () => Promise<void>;
  /** Told of new credentials that are in use, or of no use so far; each is tried again and again. */
  readonly told: (end: { readonly taken: true } | { readonly taken: false; readonly why: string }) => void;
  readonly random: () => number;
}

const spreadMs = 3_000;
const againMs = 5_000;

export class Renewal implements Disposable {
  readonly #options: RenewalOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
    options.credentials.onRenewal(() => this.#tryIn(options.random() * spreadMs));
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #tryIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#try(), ms);
  }

  async #try(): Promise<void> {
    const { credentials, probe, reconnect, told } = this.#options;
    const { newest } = credentials;
    // The connection broke and came back with them before they were tried.
    if (!credentials.pending) {
      told({ taken: true });
      return;
    }
    try {
      await probe(newest);
    } catch (error) {
      if (newest !== credentials.newest || this.#closed) return;
      told({ taken: false, why: error instanceof Error ? error.message : "refused" });
      this.#tryIn(againMs);
      return;
    }
    if (newest !== credentials.newest || this.#closed) return;
    credentials.proved(newest);
    told({ taken: true });
    await reconnect();
  }
}
