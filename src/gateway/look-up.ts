/**
 * Asks a connector how near an account is to being locked, over the same steps as a login.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import { lookupMethod } from "../login/standing.ts";
import type { AccountLookup } from "../login/standing.ts";
import { converse } from "./authenticate.ts";
import type { AuthenticateDeps } from "./authenticate.ts";
import type { LookUp } from "./throttle/standings.ts";

/** @param depsOf  Throws for a connection that is not configured; callers check before. */
export function createLookUp(
  depsOf: (of: { readonly connection: ConnectionName }) => AuthenticateDeps,
  newAttemptId: () => AttemptId,
): LookUp {
  return async (connection, accountName, deadline) => {
    const deps = depsOf({ connection });
    const lookup: AccountLookup = { id: newAttemptId(), connection, method: lookupMethod, accountName };
    using exchange = deps.exchanges.open(lookup.id, connection);
    const { end } = await converse(exchange, lookup, deadline, deps);
    if (end.outcome === "unavailable") return end.fault;
    return end.outcome === "done" && end.result.kind === "standing" ? end.result.standing : "internal_error";
  };
}
