/**
 * `POST /v1/login`: 200 accepted, 401 denied, 503 unavailable or 429 throttled, and other 4xx for what is no login.
 *
 * @module
 */

import type { FastifyInstance, FastifyReply } from "fastify";
import type { AttemptId, ConnectionName } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import type { PasswordState } from "../../login/password-state.ts";
import type { Verdict } from "../../login/verdict.ts";
import { unavailable } from "../../login/verdict.ts";
import type { LogIn } from "../cache/cached-log-in.ts";
import type { Events } from "../../telemetry/events.ts";
import { disclosedReason } from "./disclosure.ts";
import type { Disclosure } from "./disclosure.ts";
import { parseLogin } from "./parse-login.ts";
import { requestError } from "./request-error.ts";
import type { RequestErrorCode } from "./request-error.ts";

export interface LoginRouteOptions {
  readonly authenticate: LogIn;
  readonly connections: ReadonlySet<ConnectionName>;
  readonly disclosure: Disclosure;
  readonly loginDeadlineMs: number;
  readonly newAttemptId: () => AttemptId;
  readonly random: () => number;
  readonly events: Events;
}

const dayMs = 86_400_000;
/** Callers that were turned away come back spread over this many seconds. */
const retryAfterSecondsMax = 5;
const throttledRetryAfterSeconds = 60;

export function addLoginRoute(server: FastifyInstance, options: LoginRouteOptions): void {
  const { connections, newAttemptId, events, loginDeadlineMs } = options;
  server.post("/v1/login", async (request, reply) => {
    const parsed = parseLogin(request.body, connections, newAttemptId);
    if (!parsed.ok) return refuse(reply, parsed.code, events);
    const { attempt, live } = parsed;
    try {
      const asked = { live, ip: request.ip };
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
function passwordOf({ password }: Extract<Verdict, { readonly outcome: "accepted" }>): {
  readonly password?: PasswordState & { readonly expiresInDays?: number };
} {
  if (password === undefined) return {};
  const { expiresAt } = password;
  if (expiresAt === undefined) return { password };
  const expiresInDays = Math.max(0, Math.floor((Date.parse(expiresAt) - Date.now()) / dayMs));
  return { password: { ...password, expiresInDays } };
}

export function refuse(reply: FastifyReply, code: RequestErrorCode, events: Events): FastifyReply {
  events.requestRefused({ code });
  const { status, body } = requestError(code);
  return reply.code(status).send(body);
}

/** 503 or 429, and when to come back. */
export function retryAfter(
  reply: FastifyReply,
  { isThrottled }: { readonly isThrottled: boolean },
  random: () => number,
): FastifyReply {
  // The same for everybody: how long it lasts would tell whose budget is spent.
  if (isThrottled) return reply.code(429).header("retry-after", throttledRetryAfterSeconds);
  return reply.code(503).header("retry-after", 1 + Math.floor(random() * retryAfterSecondsMax));
}

export function answerLogin(
  reply: FastifyReply,
  attempt: AttemptId,
  verdict: Verdict,
  { disclosure, random }: Pick<LoginRouteOptions, "disclosure" | "random">,
): FastifyReply {
  const { outcome } = verdict;
  switch (verdict.outcome) {
    case "accepted":
      return reply.code(200).send({
        outcome,
        attempt,
        identity: verdict.identity,
        ...(verdict.source === undefined ? {} : { source: verdict.source }),
        ...passwordOf(verdict),
      });
    case "denied":
      return reply.code(401).send({ outcome, attempt, reason: disclosedReason(verdict.reason, disclosure) });
    case "unavailable":
      return retryAfter(reply, { isThrottled: verdict.fault === "throttled" }, random).send({
        outcome,
        attempt,
        fault: verdict.fault,
      });
  }
}
