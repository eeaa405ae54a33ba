/**
 * By what this program gets onto the bus: its NATS user's key and the CA that it believes, both of which may be replaced while it runs.
 *
 * New ones are tried beside the connection that stands before it is made anew with them; and where it breaks meanwhile, both take turns,
 * because nobody can say which of them the servers know already.
 *
 * @module
 */

import type { Secret } from "../login/secret.ts";

export interface BusCredential {
  /** PEM of the CA that signed the servers' certificates; the system's CAs without it. */
  readonly ca?: string;
  /** `SU…` */
  readonly nkeySeed?: Secret;
}

export class BusCredentials {
  #proven: BusCredential;
  #newest: BusCredential;
  #tries = 0;
  #listener = (): void => undefined;

  constructor(first: BusCredential) {
    this.#proven = first;
    this.#newest = first;
  }

  get newest(): BusCredential {
    return this.#newest;
  }

  /** Whether the newest one has not let this program in yet. */
  get pending(): boolean {
    return this.#newest !== this.#proven;
  }

  /** What the present try is made with. */
  get offered(): BusCredential {
    return this.#tries % 2 === 0 ? this.#newest : this.#proven;
  }

  renew(newest: BusCredential): void {
    this.#newest = newest;
    this.#tries = 0;
    this.#listener();
  }

  /** Another try begins. */
  nextTry(): void {
    this.#tries += 1;
  }

  /** What was offered has let this program in. */
  proved(credential: BusCredential): void {
    this.#proven = credential;
  }

  onRenewal(listener: () => void): void {
    this.#listener = listener;
  }
}
