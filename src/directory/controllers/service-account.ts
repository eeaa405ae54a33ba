/**
 * Logs the service account in on new search connections, without ever locking it.
 *
 * A password that was refused once will be refused by the next controller too, and each refusal counts, from every replica. So until
 * the first success one controller tries at a time, and after a wrong password nobody does for a pause that is long against a
 * directory's observation window, and doubles. Other refusals (expired, disabled, locked) count nothing and are tried each minute.
 *
 * @module
 */

import { Deadline } from "../../login/deadline.ts";
import type { MonotonicClock } from "../../login/deadline.ts";
import type { Secret } from "../../login/secret.ts";
import { judgeBind } from "../accounts/bind-diagnostic.ts";
import type { BindName } from "../ldap/bind-name.ts";
import type { FailureReason } from "../directory-options.ts";
import type { LdapConnection } from "../ldap/ldap-connection.ts";

export interface ServiceAccountOptions {
  readonly name: BindName;
  readonly password: Secret;
  readonly timeoutMs: number;
  readonly now: MonotonicClock;
}

const pauseMs = 60_000;
const wrongPasswordPauseMinMs = 10 * 60_000;
const wrongPasswordPauseMaxMs = 60 * 60_000;

export class ServiceAccount {
  readonly #options: ServiceAccountOptions;
  #isProven = false;
  #turn: Promise<unknown> = Promise.resolve();
  #refused: FailureReason | undefined;
  #nextTryAtMs = -Infinity;
  #wrongPasswordPauseMs = wrongPasswordPauseMinMs;

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
      this.#wrongPasswordPauseMs = wrongPasswordPauseMinMs;
      return "ok";
    }
    // The server's own trouble, which another one need not have.
    if (judged.kind !== "denied") return "service_account_refused";
    this.#isProven = false;
    this.#refused = `service_account_${judged.reason}`;
    if (judged.reason === "bad_credentials") {
      this.#nextTryAtMs = now() + this.#wrongPasswordPauseMs;
      this.#wrongPasswordPauseMs = Math.min(wrongPasswordPauseMaxMs, 2 * this.#wrongPasswordPauseMs);
    } else {
      this.#nextTryAtMs = now() + pauseMs;
    }
    return this.#refused;
  }
}
