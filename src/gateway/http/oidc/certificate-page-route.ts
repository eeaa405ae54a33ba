/**
 * `GET …/login/:uid/certificate`, on hosts where browsers show certificates: looks at the certificate, and sends the browser back to its
 * login, with a code for whom it let in or with what the page has to say.
 *
 * @module
 */

import type { FastifyInstance, FastifyRequest } from "fastify";
import { Deadline } from "../../../login/deadline.ts";
import type { CertificateRouteOptions } from "../certificate-route.ts";
import { readCertificateAttempt } from "../certificate-route.ts";
import { disclosedReason } from "../disclosure.ts";
import type { CertificateProblem } from "../page/wording.ts";
import { acceptedLogin } from "./begun-login.ts";
import { certificateStep, createHandovers, takesCertificates } from "./certificate-way.ts";
import { basePathOf, loginPath } from "./create-provider.ts";
import { createKnownPeople } from "./known-people.ts";
import type { OidcDeps } from "./mount-oidc.ts";
import { StateUnavailable } from "./state-adapter.ts";

type Answer = { readonly certificate: string } | { readonly problem: CertificateProblem };

interface Asked {
  readonly Params: { readonly uid: string };
  readonly Querystring: { readonly connection?: unknown };
}

/** @param oidc  With a certificate way, or there is no such route. */
export function addCertificatePage(
  server: FastifyInstance,
  oidc: OidcDeps,
  options: CertificateRouteOptions,
): void {
  const { options: issuer, certificateWay, connections, wallClock, events } = oidc;
  if (certificateWay === undefined) return;
  const offered = connections.filter(({ name }) => takesCertificates(certificateWay, name));
  const people = createKnownPeople(issuer.buckets.people);
  const handovers = createHandovers(issuer.buckets.logins, wallClock);

  server.get<Asked>(
    `${basePathOf(issuer.issuer)}${loginPath}/:uid${certificateStep}`,
    async (request, reply) => {
      const { uid } = request.params;
      const back = new URL(`${issuer.issuer}${loginPath}/${encodeURIComponent(uid)}`);
      const answer = await lookAt(uid, request.query.connection, request).catch(toProblem);
      back.search = new URLSearchParams(answer).toString();
      // The next login makes a handshake of its own, and proves the key anew.
      return reply.header("connection", "close").redirect(back.href, 303);
    },
  );

  async function lookAt(uid: string, asked: unknown, { raw, ip }: FastifyRequest): Promise<Answer> {
    const connection = offered.find(({ name }) => name === asked);
    if (connection === undefined) return { problem: "denied" };
    const read = readCertificateAttempt(raw, connection.name, options);
    if (!read.ok) {
      events.requestRefused({ code: read.code });
      return { problem: read.code === "no_client_certificate" ? "missing" : "denied" };
    }
    const verdict = await options.authenticate(read.attempt, Deadline.after(options.loginDeadlineMs), { ip });
    switch (verdict.outcome) {
      case "accepted": {
        const login = await acceptedLogin(
          { options: issuer, people, wallClock },
          connection,
          verdict,
          "certificate",
        );
        return { certificate: await handovers.give({ uid, connection: connection.name, login }) };
      }
      case "denied":
        return { problem: disclosedReason(verdict.reason, options.disclosure) };
      case "unavailable":
        return { problem: "unavailable" };
    }
  }

  function toProblem(error: unknown): Answer {
    if (!(error instanceof StateUnavailable)) events.defect({ where: "certificate_page", error });
    return { problem: "unavailable" };
  }
}
