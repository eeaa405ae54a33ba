/**
 * The person of a session or token, asked for anew whenever something is granted to them.
 *
 * A refresh, and a session that is used at another application, ask the directory whether the account still may log in: whoever
 * was disabled meanwhile gets nothing more. Where nobody can be asked nothing is granted either; the application tries again, or the
 * person logs in.
 *
 * @module
 */

import type { Account, FindAccount } from "oidc-provider";
import { claimsOf } from "./claims.ts";
import type { KnownPeople, KnownPerson } from "./known-people.ts";
import { clientMay } from "./oidc-options.ts";
import type { OidcOptions } from "./oidc-options.ts";
import { StateUnavailable } from "./state-adapter.ts";

/** Asks the directory about somebody who logged in before, for this application. Never throws for what a network, directory or person does. */
export type Recheck = (person: KnownPerson, application: string) => Promise<Rechecked>;

export type Rechecked =
  | { readonly kind: "allowed"; readonly person: KnownPerson }
  | { readonly kind: "refused" }
  | { readonly kind: "unavailable" };

export interface AccountsDeps {
  readonly options: Pick<OidcOptions, "claims" | "clients" | "lifetimes">;
  readonly people: KnownPeople;
  readonly recheck: Recheck;
  readonly wallClock: () => number;
}

export function createFindAccount(deps: AccountsDeps): FindAccount {
  const { options, people, wallClock } = deps;
  return async (context, subject, token) => {
    const known = await people.find(subject);
    const client = options.clients.find(({ id }) => id === context.oidc.client?.clientId);
    if (known === undefined || client === undefined || !clientMay(client, known.connection)) return undefined;
    // A code is a minute old at most, an access token does nothing but read what was told already.
    const isRefresh = token?.kind === "RefreshToken";
    const isSession = token === undefined;
    if (!isRefresh && !isSession) return accountOf(subject, known);
    const isRecent = wallClock() - known.checkedAtMs < options.lifetimes.recheck;
    if (isSession && (isRecent || context.oidc.result?.login !== undefined)) return accountOf(subject, known);
    return recheck(subject, known, client.id, isRefresh);
  };

  async function recheck(
    subject: string,
    known: KnownPerson,
    application: string,
    isRefresh: boolean,
  ): Promise<Account | undefined> {
    const checked = await deps.recheck(known, application);
    switch (checked.kind) {
      case "allowed":
        await people.save(subject, checked.person);
        return accountOf(subject, checked.person);
      case "refused":
        await people.forget(subject);
        return undefined;
      case "unavailable":
        if (isRefresh) throw new StateUnavailable("the directory cannot be asked");
        // Who logs in again may be let in from the cache, which asks for the password.
        return undefined;
    }
  }

  function accountOf(subject: string, { identity, connection }: KnownPerson): Account {
    return {
      accountId: subject,
      claims: () => ({ ...claimsOf(identity, connection, options.claims), sub: subject }),
    };
  }
}
