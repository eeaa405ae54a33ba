/**
 * What happens before the form is shown: whoever has a Kerberos ticket need not fill it in.
 *
 * The answer that asks for a ticket has the form as its body, so a browser that has none shows it, with or without JavaScript. Whatever
 * a ticket comes to, the next page is the application or the form, and the form does not ask again.
 *
 * @see negotiate.ts — who is asked
 * @module
 */

import type { FastifyRequest } from "fastify";
import type { Origin } from "../../../login/source.ts";
import { checkTicket, denyTicket } from "../check-ticket.ts";
import type { CheckTicket, CheckTicketDeps } from "../check-ticket.ts";
import { disclosedReason } from "../disclosure.ts";
import type { Disclosure } from "../disclosure.ts";
import { createNegotiation, forgottenProbe, mutualAnswer, probeCookie } from "../negotiate.ts";
import type { NegotiateOptions } from "../negotiate.ts";
import { ticketText } from "../page/wording.ts";
import type { Accepted, BegunLogin } from "./begun-login.ts";
import type { LoginConnection } from "./choose-connection.ts";

export interface TicketDeps {
  readonly authenticate: CheckTicket;
  readonly networks: NegotiateOptions["networks"];
}

export interface TicketStepDeps extends CheckTicketDeps {
  readonly tickets?: TicketDeps;
  readonly disclosure: Disclosure;
  /** Browsers reach the pages by TLS. */
  readonly isSecure: boolean;
}

export type TicketEnd =
  | {
      readonly kind: "accepted";
      readonly connection: LoginConnection;
      readonly verdict: Accepted;
      readonly headers: Headers;
    }
  | {
      readonly kind: "form";
      readonly status: 200 | 401 | 503;
      readonly problem?: string;
      readonly headers: Headers;
    };

export type TicketStep = (
  login: BegunLogin,
  request: FastifyRequest,
  asked: { readonly isWanted: boolean },
) => Promise<TicketEnd>;

type Headers = Readonly<Record<string, string>>;

const plainForm: TicketEnd = { kind: "form", status: 200, headers: {} };

export function createTicketStep(deps: TicketStepDeps): TicketStep {
  const { tickets, newAttemptId, isSecure } = deps;
  if (tickets === undefined) return async () => plainForm;
  const negotiate = createNegotiation({ networks: tickets.networks, newAttemptId });

  return async (login, { ip, headers: { authorization, cookie } }, { isWanted }) => {
    const { ticketsOf: connection, isSilentAllowed } = login;
    if (connection === undefined || !(isWanted || isSilentAllowed)) return plainForm;
    const asked = { connection: connection.name, address: ip, authorization, cookie, isSecure, isWanted };
    const { texts } = login.surroundings;
    const missing = isWanted ? { problem: texts.ticketMissing } : {};
    const negotiation = negotiate(asked);
    switch (negotiation.kind) {
      case "challenge":
        return { kind: "form", status: 401, ...missing, headers: negotiation.headers };
      case "form": {
        const { why, headers } = negotiation;
        if (why === "not_offered" || why === "no_ticket") return plainForm;
        denyTicket(connection.name, why, originOf(login), deps);
        return { kind: "form", status: 401, ...missing, headers };
      }
      case "attempt": {
        const { attempt } = negotiation;
        const verdict = await checkTicket(
          tickets.authenticate,
          attempt,
          originOf(login),
          deps,
          "ticket_step",
        );
        if (verdict.outcome === "accepted") {
          const headers = { "set-cookie": forgottenProbe(isSecure), ...mutualAnswer(verdict.answerToken) };
          return { kind: "accepted", connection, verdict, headers };
        }
        const headers = { "set-cookie": probeCookie(isSecure) };
        if (verdict.outcome === "unavailable")
          return { kind: "form", status: 503, problem: texts.ticketUnavailable, headers };
        const reason = disclosedReason(verdict.reason, deps.disclosure);
        return { kind: "form", status: 401, problem: ticketText(texts, reason), headers };
      }
    }
  };
}

function originOf({ ip, application }: BegunLogin): Origin {
  return { ip, application };
}
