/**
 * Tickets made ahead of their use, because making one takes a process; none is older than a service allows.
 *
 * @module
 */

import type { KerberosRealm } from "../test/support/kerberos-realm.ts";

interface Made {
  readonly tokens: string[];
  readonly atMs: number;
}

const batch = 400;
const stockMin = 200;
/** Services take five minutes. */
const ageMaxMs = 180_000;

export class TicketStock implements AsyncDisposable {
  readonly #realm: KerberosRealm;
  /** Of several people. */
  readonly #caches: readonly string[];
  #made: Made[] = [];
  #making: Promise<void> | undefined;
  #turn = 0;

  private constructor(realm: KerberosRealm, caches: readonly string[]) {
    this.#realm = realm;
    this.#caches = caches;
  }

  static async open(realm: KerberosRealm, caches: readonly string[]): Promise<TicketStock> {
    const stock = new TicketStock(realm, caches);
    await stock.#make();
    return stock;
  }

  async take(): Promise<string> {
    for (;;) {
      this.#made = this.#made.filter(
        ({ tokens, atMs }) => tokens.length > 0 && performance.now() - atMs < ageMaxMs,
      );
      const left = this.#made.reduce((sum, { tokens }) => sum + tokens.length, 0);
      if (left < stockMin) this.#making ??= this.#make().finally(() => (this.#making = undefined));
      const token = this.#made[0]?.tokens.pop();
      if (token !== undefined) return token;
      await this.#making;
    }
  }

  async #make(): Promise<void> {
    const cache = this.#caches[this.#turn++ % this.#caches.length] ?? "";
    const tokens = [...(await this.#realm.tokens(cache, { count: batch }))];
    this.#made.push({ tokens, atMs: performance.now() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#making?.catch(() => {});
  }
}
