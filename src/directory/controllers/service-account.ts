/**
 * Logs the service account in on new search connections, without ever locking it.
 *
 * Each wrong password counts in the directory, from every replica. So one connection tries at a time, and a password that was
 * refused is let alone for a pause that is long against a directory's observation window, and doubles. Other refusals (expired,
 * disabled, locked) count nothing and are tried each minute.
 *
 * A password that is renewed is tried once. Until the directory knows it too, the one before it goes on serving; when that is
 * refused after it had been accepted, the directory has changed, and the newer one gets another try.
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
import { withinDeadline } from "../../login/within-deadline.ts";
import { ServicePassword } from "./service-password.ts";

export interface ServiceAccountOptions {
  readonly name: BindName;
  readonly password: Secret;
  readonly timeoutMs: number;
  readonly now: MonotonicClock;
  /** Told of each password that is accepted for the first time, and of each refusal. */
  readonly observe: (login: ServiceLogin) => void;
}

export interface ServiceLogin {
  readonly password: "newest" | "previous";
  readonly result: FailureReason | "ok";
}

/** A controller that does not answer keeps the others waiting no longer, once a password has been accepted. */
const turnMaxMs = 250;

export class ServiceAccount {
  readonly #options: ServiceAccountOptions;
  #newest: ServicePassword;
  #previous: ServicePassword | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ServiceAccountOptions) {
    this.#options = options;
    this.#newest = new ServicePassword(options.password);
  }

  /** @returns false where that is the newest already. */
  renew(secret: Secret): boolean {
    const [newest, previous] = [this.#newest, this.#previous];
    if (newest.is(secret)) return false;
    if (previous?.is(secret) === true) {
      this.#newest = previous;
      this.#previous = newest;
      return true;
    }
    this.#newest = new ServicePassword(secret);
    // One that was never accepted is of no use beside it.
    if (newest.isProven) this.#previous = newest;
    return true;
  }

  /** @returns `ok`, or why the connection cannot be used to search. */
  logIn(connection: LdapConnection): Promise<FailureReason | "ok"> {
    const before = this.#turn;
    const mine = this.#waitFor(before).then(() => this.#try(connection));
    this.#turn = Promise.allSettled([before, mine]);
    return mine;
  }

  async #waitFor(turn: Promise<unknown>): Promise<void> {
    if (!this.#newest.isProven) await turn;
    else await withinDeadline(Deadline.after(turnMaxMs, this.#options.now), turn);
  }

  async #try(connection: LdapConnection): Promise<FailureReason | "ok"> {
    const tried = new Set<ServicePassword>();
    let why: FailureReason = "service_account_refused";
    for (;;) {
      const password = this.#next(tried);
      if (password === undefined) return this.#newest.refusedAt(this.#options.now()) ?? why;
      tried.add(password);
      const result = await this.#bind(connection, password);
      // Only for a wrong password would another do better.
      if (result !== "service_account_bad_credentials") return result;
      why = result;
    }
  }

  #next(tried: ReadonlySet<ServicePassword>): ServicePassword | undefined {
    const all = this.#previous === undefined ? [this.#newest] : [this.#newest, this.#previous];
    const now = this.#options.now();
    return all.find((password) => !tried.has(password) && password.refusedAt(now) === undefined);
  }

  async #bind(connection: LdapConnection, password: ServicePassword): Promise<FailureReason | "ok"> {
    const { name, timeoutMs, now, observe } = this.#options;
    const which = password === this.#newest ? "newest" : "previous";
    const outcome = await connection.bind(name, password.secret, Deadline.after(timeoutMs, now));
    if (outcome.kind === "failed") return outcome.why;
    const judged = judgeBind(outcome.answer);
    if (judged.kind === "accepted") {
      if (password.accepted()) observe({ password: which, result: "ok" });
      return "ok";
    }
    // The server's own trouble, which another one need not have.
    if (judged.kind !== "denied") return "service_account_refused";
    const hadServed = password.isProven;
    const result = password.denied(judged.reason, now());
    if (judged.reason !== "bad_credentials") this.#other(password)?.denied(judged.reason, now());
    else if (hadServed) this.#other(password)?.revive();
    observe({ password: which, result });
    return result;
  }

  #other(password: ServicePassword): ServicePassword | undefined {
    return password === this.#newest ? this.#previous : this.#newest;
  }
}
