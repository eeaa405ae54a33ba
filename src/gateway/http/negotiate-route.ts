/**
 * `GET /v1/negotiate`: a login with a Kerberos ticket. 200 accepted, 401 denied or asked for a ticket, 503 unavailable.
 *
 * @module
 */

import type { FastifyInstance } from "fastify";
import { negotiatePath } from "./api/paths.ts";
import { readRequest } from "./api/read-request.ts";
import { negotiateQuery } from "./api/requests.ts";
import { checkTicket, denyTicket } from "./check-ticket.ts";
import type { CheckTicket } from "./check-ticket.ts";
import { answerLogin, refuse } from "./login-route.ts";
import type { LoginRouteOptions } from "./login-route.ts";
import { createNegotiation, forgottenProbe, mutualAnswer, probeCookie } from "./negotiate.ts";
import type { NegotiateOptions } from "./negotiate.ts";
import { readConnection } from "./parse-login.ts";
import { continueTrace } from "./trace-parent.ts";

export interface NegotiateRouteOptions extends Omit<LoginRouteOptions, "authenticate" | "callers"> {
  readonly authenticate: CheckTicket;
  readonly networks: NegotiateOptions["networks"];
}

export function addNegotiateRoute(server: FastifyInstance, options: NegotiateRouteOptions): void {
  const { connections, events } = options;
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
        const ended = denyTicket(connection, why, { ip: request.ip }, options);
        return answerLogin(reply, ended.attempt, ended.verdict, options);
      }
      case "attempt": {
        const { attempt } = negotiation;
        continueTrace(request.raw, attempt.id, options);
        const from = { ip: request.ip };
        const verdict = await checkTicket(options.authenticate, attempt, from, options, "negotiate_route");
        const isAccepted = verdict.outcome === "accepted";
        reply.header("set-cookie", isAccepted ? forgottenProbe(isSecure) : probeCookie(isSecure));
        if (isAccepted) reply.headers(mutualAnswer(verdict.answerToken));
        return answerLogin(reply, attempt.id, verdict, options);
      }
    }
  });
}
