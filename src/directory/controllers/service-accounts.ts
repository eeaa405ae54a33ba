/**
 * The service accounts of a directory by name: domains that have the same one share its caution.
 *
 * @module
 */

import type { Secret } from "../../login/secret.ts";
import type { DomainOptions } from "../directory-options.ts";
import { isBindName } from "../ldap/bind-name.ts";
import { ServiceAccount } from "./service-account.ts";
import type { ServiceAccountOptions } from "./service-account.ts";

export class ServiceAccounts {
  readonly #options: Omit<ServiceAccountOptions, "name" | "password">;
  readonly #all = new Map<string, ServiceAccount>();

  constructor(options: Omit<ServiceAccountOptions, "name" | "password">) {
    this.#options = options;
  }

  /** A password that one domain refused is not tried on the others. @throws {Error} for what can never log in. */
  of({ name, password }: DomainOptions["serviceAccount"]): ServiceAccount {
    if (!isBindName(name)) throw new Error("the service account is a distinguished name or user@domain");
    if (password.reveal() === "") throw new Error("the service account has no password");
    const known = this.#all.get(name);
    if (known !== undefined) return known;
    const account = new ServiceAccount({ name, password, ...this.#options });
    this.#all.set(name, account);
    return account;
  }

  /** @returns whether that is another password than before. */
  renew(name: string, password: Secret): boolean {
    return this.#all.get(name)?.renew(password) ?? false;
  }
}
