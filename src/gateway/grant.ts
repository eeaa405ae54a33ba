/**
 * Gives one request to the replica that claimed it, and follows it to its end.
 *
 * @module
 */

import type { Deadline } from "../login/deadline.ts";
import type { Request } from "../login/request.ts";
import { unavailable } from "../login/verdict.ts";
import type { BodyToReplica, RequestBody } from "../protocol/sealed-bodies.ts";
import { grantWindowMs } from "../protocol/timing.ts";
import { reasonOf } from "../telemetry/reason-of.ts";
import type { Exchange } from "./exchange.ts";
import { GrantedReplica } from "./granted-replica.ts";
import type { ClaimedReplica, GrantDeps, GrantEnd } from "./granted-replica.ts";
import type { SuspectedBind } from "./suspected-bind.ts";
import { suspicionOf } from "./suspected-bind.ts";

export interface Granting {
  readonly exchange: Exchange;
  readonly request: Request;
  readonly claimed: ClaimedReplica;
  /** Of an earlier replica that fell silent. */
  readonly suspected: SuspectedBind | undefined;
  readonly deadline: Deadline;
}

export async function grant(granting: Granting, deps: GrantDeps): Promise<GrantEnd> {
  const { attempt, connection } = granting.exchange;
  const { replica, controller } = granting.claimed.claim;
  const startedAtMs = deps.now();
  const end = await follow(granting, deps);
  const ms = deps.now() - startedAtMs;
  deps.events.grantEnded({ attempt, connection, replica, controller, ...toldOf(end), ms });
  return end;
}

async function follow(
  { exchange, request, claimed, suspected, deadline }: Granting,
  deps: GrantDeps,
): Promise<GrantEnd> {
  const replica = new GrantedReplica(exchange, claimed, deps);
  const traceparent = deps.traceparent(exchange, claimed.claim.replica);
  const body = grantBody(request, claimed.claim.id, suspected, deadline, deps.now());
  const sent = replica.send(traceparent === undefined ? body : { ...body, traceparent });
  if (!sent) return { kind: "returned", why: "bus_disconnected" };
  while (!deadline.passed) {
    const event = await exchange.next(Math.min(replica.quietInMs, deadline.remainingMs));
    const end = event === undefined ? replica.quiet() : replica.heard(event);
    if (end !== undefined) return end;
  }
  return { kind: "end", end: unavailable("deadline_exceeded") };
}

function toldOf(end: GrantEnd): { readonly outcome: string; readonly reason: string } {
  switch (end.kind) {
    case "end":
      return { outcome: end.end.outcome, reason: reasonOf(end.end) };
    case "returned":
      return { outcome: end.kind, reason: end.why };
    case "silent":
      return { outcome: end.kind, reason: end.kind };
  }
}

function grantBody(
  request: Request,
  claim: string,
  suspected: SuspectedBind | undefined,
  deadline: Deadline,
  nowMs: number,
): Extract<BodyToReplica, { readonly type: "grant" }> {
  return {
    type: "grant",
    claim,
    ...requestBody(request),
    windowMs: grantWindowMs,
    remainingMs: deadline.remainingMs,
    ...(suspected === undefined ? {} : { suspicion: suspicionOf(suspected, nowMs) }),
  };
}

function requestBody(request: Request): RequestBody {
  switch (request.method) {
    case "password":
      return {
        method: request.method,
        accountName: request.accountName.text,
        password: request.password.reveal(),
      };
    case "kerberos":
      return { method: request.method, token: request.token.reveal() };
    case "certificate": {
      const { method, certificate, chain, proof } = request;
      return {
        method,
        certificate: certificate.toString("base64"),
        chain: chain.map((one) => one.toString("base64")),
        proof,
      };
    }
    case "session":
      return { method: request.method, subjectId: request.subjectId };
    case "users.search":
    case "groups.list": {
      const { method, text, pageSize, cursor } = request;
      return { method, text, pageSize, ...(cursor === undefined ? {} : { cursor }) };
    }
    case "account.find":
      return { method: request.method, accountName: request.accountName.text };
    case "password.change":
      return {
        method: request.method,
        accountName: request.accountName.text,
        oldPassword: request.oldPassword.reveal(),
        newPassword: request.newPassword.reveal(),
      };
    case "password.reset":
      return {
        method: request.method,
        accountName: request.accountName.text,
        newPassword: request.newPassword.reveal(),
        mustChange: request.mustChange,
        unlock: request.unlock,
      };
  }
}
