/**
 * What a gateway does with one login, top to bottom.
 *
 * Find a replica that claims it → grant it → a verdict; or the replica handed it back, or fell silent, and the next one is found.
 *
 * Owns: the order of these steps, and that a verdict is said once. Does not own: whom to ask (`find-replica.ts`), what happens
 * during a grant (`grant.ts`), HTTP, the bus.
 *
 * @module
 */

import type { Attempt } from "../login/attempt.ts";
import type { Deadline } from "../login/deadline.ts";
import type { End } from "../login/operation.ts";
import type { ControllerName } from "../login/ports.ts";
import { dropSecrets } from "../login/request.ts";
import type { Request } from "../login/request.ts";
import type { Verdict } from "../login/verdict.ts";
import { unavailable } from "../login/verdict.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import type { Exchange, Exchanges } from "./exchange.ts";
import type { FindReplicaDeps } from "./find-replica.ts";
import { findReplica } from "./find-replica.ts";
import { grant } from "./grant.ts";
import type { GrantDeps } from "./granted-replica.ts";
import { patienceMs, returnedPatienceMs, silentPatienceMs } from "./patience.ts";
import type { SuspectedBind } from "./suspected-bind.ts";
import { joinSuspicions, unresolved } from "./suspected-bind.ts";

/** Checks one attempt. Resolves by the deadline at the latest; never rejects. */
export type Authenticate = (attempt: Attempt, deadline: Deadline) => Promise<Verdict>;

export interface AuthenticateDeps extends FindReplicaDeps, GrantDeps {
  readonly exchanges: Exchanges;
  /** Requests of one connection at once; more would only wait for each other. */
  readonly inFlightMax: number;
}

/** Replicas that one login is granted to before it is given up: each one more must have died, frozen or handed it back. */
const grantsMax = 6;

export function createAuthenticate(depsOf: (attempt: Attempt) => AuthenticateDeps): Authenticate {
  return async (attempt, deadline) => {
    const deps = depsOf(attempt);
    const startedAtMs = deps.now();
    const { id, connection, method } = attempt;
    using exchange = deps.exchanges.open(id, connection);
    const { end, ...course } = await converse(exchange, attempt, deadline, deps);
    dropSecrets(attempt);
    const verdict = isVerdict(end) ? end : unavailable("internal_error");
    const ms = deps.now() - startedAtMs;
    deps.events.loginEnded({ attempt: id, connection, method, verdict, ms, ...course });
    return verdict;
  };
}

export interface Conversation {
  readonly end: End;
  readonly grants: number;
  /** That answered, and the controller that it announced. */
  readonly replica?: ProcessId;
  readonly controller?: ControllerName;
  /** How long its claim took to come. */
  readonly claimMs?: number;
  /** An earlier one may have sent a bind. */
  readonly suspected?: boolean;
}

/** Also what becomes of every other operation: the same steps, and another end. */
export async function converse(
  exchange: Exchange,
  request: Request,
  deadline: Deadline,
  deps: AuthenticateDeps,
): Promise<Conversation> {
  const { id, connection } = request;
  if (deps.exchanges.sizeOf(connection) > deps.inFlightMax) {
    return { end: unavailable("gateway_busy"), grants: 0 };
  }
  const tried = new Set<ProcessId>();
  let patience = deadline.sooner(patienceMs);
  let suspected: SuspectedBind | undefined;
  let fault: End = unavailable("no_connector");
  const startedAtMs = deps.now();

  for (let grants = 0; grants < grantsMax; grants += 1) {
    const found = await findReplica({ exchange, method: request.method, deadline, patience, tried }, deps);
    if (found.kind === "end") return { end: unresolved(found.end, request.method, suspected), grants };

    const { replica, controller } = found.claim;
    const course = { grants: grants + 1, replica, controller, claimMs: found.claimedAtMs - startedAtMs };
    const granting = { exchange, request, claimed: found, suspected, deadline };
    const end = await deps.replicas.during(replica, grant(granting, deps));
    tried.add(replica);
    switch (end.kind) {
      case "end":
        if (end.end.outcome !== "unavailable") deps.replicas.reached(replica);
        if (end.end.outcome === "accepted") deps.replicas.took(replica, deps.now() - found.claimedAtMs);
        return { end: end.end, ...course, suspected: suspected !== undefined };
      case "returned":
        if (end.why !== "expired" && end.why !== "not_started") fault = unavailable(end.why);
        patience = deadline.sooner(Math.max(patience.remainingMs, returnedPatienceMs));
        deps.events.announceRepeated({ attempt: id, connection, why: "returned" });
        break;
      case "silent":
        suspected = joinSuspicions(suspected, end.bind);
        deps.replicas.suspect(replica, "silent");
        if (end.unreached) deps.replicas.unreached(replica, found.claim.inbox);
        patience = deadline.sooner(Math.max(patience.remainingMs, silentPatienceMs));
        deps.events.announceRepeated({ attempt: id, connection, why: "silent" });
        break;
    }
  }
  return { end: unresolved(fault, request.method, suspected), grants: grantsMax };
}

function isVerdict(end: End): end is Verdict {
  return end.outcome !== "done" && end.outcome !== "refused";
}
