/**
 * `POST /v1/login`: 200 accepted, 401 denied, 503 unavailable or 429 throttled, and other 4xx for what is no login.
 *
 * @module
 */

import type { FastifyInstance, FastifyReply } from "fastify";
import type { AttemptId, ConnectionName } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import type { Fault, Verdict } from "../../login/verdict.ts";
import { unavailable } from "../../login/verdict.ts";
import type { LogIn } from "../cache/cached-log-in.ts";
import type { Events } from "../../telemetry/events.ts";
import type { Answers } from "./api/answers.ts";
import { loginPath } from "./api/paths.ts";
import { self } from "./api-callers.ts";
import type { ApiCallers, Denial } from "./api-callers.ts";
import { disclosedReason } from "./disclosure.ts";
import type { Disclosure } from "./disclosure.ts";
import { parseLogin } from "./parse-login.ts";
import { requestError } from "./request-error.ts";
import type { RequestErrorCode, RequestProblem } from "./request-error.ts";
import { continueTrace } from "./trace-parent.ts";
import type { TraceParentOptions } from "./trace-parent.ts";

export interface LoginRouteOptions extends TraceParentOptions {
  readonly authenticate: LogIn;
  readonly callers: ApiCallers;
  readonly connections: ReadonlySet<ConnectionName>;
  readonly disclosure: Disclosure;
  readonly loginDeadlineMs: number;
  readonly newAttemptId: () => AttemptId;
  readonly random: () => number;
}

const dayMs = 86_400_000;
/** Callers that were turned away come back spread over this many seconds. */
const retryAfterSecondsMax = 5;
const throttledRetryAfterSeconds = 60;

export function addLoginRoute(server: FastifyInstance, options: LoginRouteOptions): void {
  const { callers, connections, newAttemptId, events, loginDeadlineMs } = options;
  server.post(loginPath, async (request, reply) => {
    const permission = callers.permit(request.headers.authorization, "login");
    if (permission.kind !== "permitted") return deny(reply, permission, events);
    const parsed = parseLogin(request.body, connections, newAttemptId);
    if (!parsed.ok) return refuse(reply, parsed.problem, events);
    const { attempt, live } = parsed;
    try {
      const permitted = permission.at(attempt.connection);
      if (permitted !== true) return deny(reply, permitted, events);
      const { caller } = permission;
      continueTrace(request.raw, attempt.id, options);
      const asked = { live, ip: request.ip, ...(caller !== self && { application: caller }) };
      const verdict = await options.authenticate(attempt, Deadline.after(loginDeadlineMs), asked);
      return answerLogin(reply, attempt.id, verdict, options);
    } catch (error) {
      events.defect({ where: "login_route", error });
      return answerLogin(reply, attempt.id, unavailable("internal_error"), options);
    } finally {
      attempt.password.drop();
    }
  });
}

/** With the days that are left, rounded down, because that is what a login page says. */
function passwordOf({
  password,
}: Extract<Verdict, { readonly outcome: "accepted" }>): Pick<Answers["accepted"], "password"> {
  if (password === undefined) return {};
  const { expiresAt } = password;
  if (expiresAt === undefined) return { password };
  const expiresInDays = Math.max(0, Math.floor((Date.parse(expiresAt) - Date.now()) / dayMs));
  return { password: { ...password, expiresInDays } };
}

export function refuse(
  reply: FastifyReply,
  problem: RequestErrorCode | RequestProblem,
  events: Events,
): FastifyReply {
  const known = typeof problem === "string" ? { code: problem } : problem;
  events.requestRefused({ code: known.code });
  const { status, body } = requestError(known);
  return reply.code(status).send(body satisfies Answers["problem"]);
}

/** To a caller who may not, with what RFC 6750 wants to be said. */
export function deny(reply: FastifyReply, { problem, challenge }: Denial, events: Events): FastifyReply {
  return refuse(reply.header("www-authenticate", challenge), problem, events);
}

/** 503 or 429, and when to come back. */
export function retryAfter(
  reply: FastifyReply,
  { isThrottled }: { readonly isThrottled: boolean },
  random: () => number,
): FastifyReply {
  // The same for everybody: how long it lasts would tell whose budget is spent.
  if (isThrottled) return reply.code(429).header("retry-after", throttledRetryAfterSeconds);
  return reply.code(503).header("retry-after", retryAfterSeconds(random));
}

export function retryAfterSeconds(random: () => number): number {
  return 1 + Math.floor(random() * retryAfterSecondsMax);
}

export function answerUnavailable(
  reply: FastifyReply,
  told: { readonly attempt?: AttemptId; readonly fault: Fault },
  random: () => number,
): FastifyReply {
  return retryAfter(reply, { isThrottled: told.fault === "throttled" }, random).send({
    outcome: "unavailable",
    ...told,
  } satisfies Answers["unavailable"]);
}

export function answerLogin(
  reply: FastifyReply,
  attempt: AttemptId,
  verdict: Verdict,
  { disclosure, random }: Pick<LoginRouteOptions, "disclosure" | "random">,
): FastifyReply {
  switch (verdict.outcome) {
    case "accepted": {
      const { outcome, identity, source } = verdict;
      const told = { outcome, attempt, identity, ...(source && { source }), ...passwordOf(verdict) };
      return reply.code(200).send(told satisfies Answers["accepted"]);
    }
    case "denied": {
      const { outcome } = verdict;
      const told = { outcome, attempt, reason: disclosedReason(verdict.reason, disclosure) };
      return reply.code(401).send(told satisfies Answers["denied"]);
    }
    case "unavailable":
      return answerUnavailable(reply, { attempt, fault: verdict.fault }, random);
  }
}
