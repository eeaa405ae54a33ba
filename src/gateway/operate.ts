/**
 * Everything that is asked of a directory beside logins, over the same steps.
 *
 * @module
 */

import type { Deadline } from "../login/deadline.ts";
import type { Operation, OperationEnd } from "../login/operation.ts";
import { dropSecrets } from "../login/request.ts";
import { unavailable } from "../login/verdict.ts";
import { converse } from "./authenticate.ts";
import type { AuthenticateDeps } from "./authenticate.ts";

/** @param caller  Who asks, for the log: never part of what is sent. */
export type Operate = (operation: Operation, caller: string, deadline: Deadline) => Promise<OperationEnd>;

/** @param depsOf  Throws for a connection that is not configured; callers check before. */
export function createOperate(depsOf: (operation: Operation) => AuthenticateDeps): Operate {
  return async (operation, caller, deadline) => {
    const deps = depsOf(operation);
    const startedAtMs = deps.now();
    const { id, connection, method } = operation;
    using exchange = deps.exchanges.open(id, connection);
    const { end: said, ...course } = await converse(exchange, operation, deadline, deps);
    dropSecrets(operation);
    const end =
      said.outcome === "accepted" || said.outcome === "denied" ? unavailable("internal_error") : said;
    const ms = deps.now() - startedAtMs;
    deps.events.operationEnded({ attempt: id, connection, method, end, caller, ms, ...course });
    return end;
  };
}
