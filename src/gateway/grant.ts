/**
 * Gives one login to the replica that claimed it, and follows it to its end.
 *
 * @module
 */

import type { Attempt } from "../login/attempt.ts";
import type { Deadline } from "../login/deadline.ts";
import { unavailable } from "../login/verdict.ts";
import type { BodyToReplica } from "../protocol/sealed-bodies.ts";
import { grantWindowMs } from "../protocol/timing.ts";
import type { Exchange } from "./exchange.ts";
import { GrantedReplica } from "./granted-replica.ts";
import type { ClaimedReplica, GrantDeps, GrantEnd } from "./granted-replica.ts";
import type { SuspectedBind } from "./suspected-bind.ts";
import { suspicionOf } from "./suspected-bind.ts";

export async function grant(
  exchange: Exchange,
  attempt: Attempt,
  claimed: ClaimedReplica,
  suspected: SuspectedBind | undefined,
  deadline: Deadline,
  deps: GrantDeps,
): Promise<GrantEnd> {
  const replica = new GrantedReplica(exchange, claimed, deps);
  const sent = replica.send(grantBody(attempt, claimed.claim.id, suspected, deadline, deps.now()));
  if (!sent) return { kind: "returned", why: "bus_disconnected" };
  while (!deadline.passed) {
    const event = await exchange.next(Math.min(replica.quietInMs, deadline.remainingMs));
    const end = event === undefined ? replica.quiet() : replica.heard(event);
    if (end !== undefined) return end;
  }
  return { kind: "verdict", verdict: unavailable("deadline_exceeded") };
}

function grantBody(
  attempt: Attempt,
  claim: string,
  suspected: SuspectedBind | undefined,
  deadline: Deadline,
  nowMs: number,
): BodyToReplica {
  return {
    type: "grant",
    claim,
    method: attempt.method,
    accountName: attempt.accountName.text,
    password: attempt.password.reveal(),
    windowMs: grantWindowMs,
    remainingMs: deadline.remainingMs,
    ...(suspected === undefined ? {} : { suspicion: suspicionOf(suspected, nowMs) }),
  };
}
