/**
 * Logs the service account in on new search connections, without ever locking it.
 *
 * A password that was refused once will be refused by the next controller too, and each refusal counts. So until the first
 * success one controller tries at a time, and after a refusal nobody does until a pause is over, which doubles.
 *
 * @module
 */

import { Deadline } from "../login/deadline.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import type { Secret } from "../login/secret.ts";
import { judgeBind } from "./bind-diagnostic.ts";
import type { BindName } from "./bind-name.ts";
import type { FailureReason } from "./directory-options.ts";
import type { LdapConnection } from "./ldap-connection.ts";

export interface ServiceAccountOptions {
  readonly name: BindName;
  readonly password: Secret;
  readonly timeoutMs: number;
  readonly now: MonotonicClock;
}

const pauseMinMs = 1_000;
const pauseMaxMs = 60_000;

export class ServiceAccount {
  readonly #options: ServiceAccountOptions;
  #isProven = false;
  #turn: Promise<unknown> = Promise.resolve();
  #refused: FailureReason | undefined;
  #nextTryAtMs = -Infinity;
  #pauseMs = pauseMinMs;

  constructor(options: ServiceAccountOptions) {
    this.#options = options;
  }

  /** @returns `ok`, or why the connection cannot be used to search. */
  logIn(connection: LdapConnection): Promise<FailureReason | "ok"> {
    if (this.#isProven) return this.#bind(connection);
    const mine = this.#turn.then(() => this.#bind(connection));
    this.#turn = mine;
    return mine;
  }

  async #bind(connection: LdapConnection): Promise<FailureReason | "ok"> {
    const { name, password, timeoutMs, now } = this.#options;
    if (this.#refused !== undefined && now() < this.#nextTryAtMs) return this.#refused;
    const outcome = await connection.bind(name, password, Deadline.after(timeoutMs, now));
    if (outcome.kind === "failed") return outcome.why;
    const judged = judgeBind(outcome.answer);
    if (judged.kind === "accepted") {
      this.#isProven = true;
      this.#refused = undefined;
      this.#pauseMs = pauseMinMs;
      return "ok";
    }
    // The server's own trouble, which another one need not have.
    if (judged.kind === "refused") return "service_account_refused";
    this.#isProven = false;
    this.#refused = `service_account_${judged.reason}`;
    this.#nextTryAtMs = now() + this.#pauseMs;
    this.#pauseMs = Math.min(pauseMaxMs, 2 * this.#pauseMs);
    return this.#refused;
  }
}
