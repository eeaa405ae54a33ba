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
  #offered: BusCredential;
  #tries = 0;
  #listener = (): void => undefined;

  constructor(first: BusCredential) {
    this.#proven = first;
    this.#newest = first;
    this.#offered = first;
  }

  get newest(): BusCredential {
    return this.#newest;
  }

  /** Whether the newest one has not let this program in yet. */
  get pending(): boolean {
    return this.#newest !== this.#proven;
  }

  /** Another try begins. */
  nextTry(): void {
    this.#tries += 1;
  }

  /** What the present try is to be made with: the newest, and every second time what was good before. */
  offer(): BusCredential {
    this.#offered = this.#tries % 2 === 0 ? this.#newest : this.#proven;
    return this.#offered;
  }

  /** What was offered last has let this program in. */
  offerAccepted(): void {
    this.#proven = this.#offered;
  }

  /** This one has let in a connection of its own. */
  proved(credential: BusCredential): void {
    this.#proven = credential;
  }

  renew(newest: BusCredential): void {
    this.#newest = newest;
    this.#tries = 0;
    this.#listener();
  }

  onRenewal(listener: () => void): void {
    this.#listener = listener;
  }
}
