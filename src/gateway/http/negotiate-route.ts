/**
 * `GET /v1/negotiate`: a login with a Kerberos ticket. 200 accepted, 401 denied or asked for a ticket, 503 unavailable.
 *
 * @module
 */

import type { FastifyInstance } from "fastify";
import { Deadline } from "../../login/deadline.ts";
import type { Verdict } from "../../login/verdict.ts";
import { denied, unavailable } from "../../login/verdict.ts";
import type { KerberosAttempt } from "../../login/attempt.ts";
import type { AuthenticateOf } from "../answered.ts";
import { negotiatePath } from "./api/paths.ts";
import { readRequest } from "./api/read-request.ts";
import { negotiateQuery } from "./api/requests.ts";
import { answerLogin, refuse } from "./login-route.ts";
import type { LoginRouteOptions } from "./login-route.ts";
import { createNegotiation, forgottenProbe, mutualAnswer, probeCookie } from "./negotiate.ts";
import type { NegotiateOptions } from "./negotiate.ts";
import { readConnection } from "./parse-login.ts";

export type CheckTicket = AuthenticateOf<KerberosAttempt>;

export interface NegotiateRouteOptions extends Omit<LoginRouteOptions, "authenticate" | "callers"> {
  readonly authenticate: CheckTicket;
  readonly networks: NegotiateOptions["networks"];
}

export function addNegotiateRoute(server: FastifyInstance, options: NegotiateRouteOptions): void {
  const { connections, events, loginDeadlineMs, newAttemptId } = options;
  const negotiate = createNegotiation(options);
  server.get(negotiatePath, async (request, reply) => {
    const query = readRequest(negotiateQuery, request.query);
    if (!query.ok) return refuse(reply, query.problem, events);
    const asked = readConnection(query.value.connection, connections);
    if (!asked.ok) return refuse(reply, asked.problem, events);
    const connection = asked.name;
    const { authorization, cookie } = request.headers;
    const isSecure = request.protocol === "https";
    const negotiation = negotiate({ connection, address: request.ip, authorization, cookie, isSecure });
    switch (negotiation.kind) {
      case "challenge":
        return refuse(reply.headers(negotiation.headers), "no_ticket", events);
      case "form": {
        const { why, headers } = negotiation;
        reply.headers(headers);
        if (why === "not_offered" || why === "no_ticket") return refuse(reply, why, events);
        const [id, verdict] = [newAttemptId(), denied(why)];
        const told = { attempt: id, connection, method: "kerberos", verdict, ms: 0 } as const;
        events.loginEnded({ ...told, grants: 0 });
        events.loginAnswered({ ...told, from: { ip: request.ip } });
        return answerLogin(reply, id, verdict, options);
      }
      case "attempt": {
        const { attempt } = negotiation;
        const verdict = await check(attempt, request.ip);
        const isAccepted = verdict.outcome === "accepted";
        reply.header("set-cookie", isAccepted ? forgottenProbe(isSecure) : probeCookie(isSecure));
        if (isAccepted) reply.headers(mutualAnswer(verdict.answerToken));
        return answerLogin(reply, attempt.id, verdict, options);
      }
    }
  });

  async function check(attempt: KerberosAttempt, ip: string): Promise<Verdict> {
    try {
      return await options.authenticate(attempt, Deadline.after(loginDeadlineMs), { ip });
    } catch (error) {
      events.defect({ where: "negotiate_route", error });
      return unavailable("internal_error");
    } finally {
      attempt.token.drop();
    }
  }
}
