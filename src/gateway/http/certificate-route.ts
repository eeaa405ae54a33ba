/**
 * `POST /v1/login/certificate`: a login with the client certificate that the request came with. It answers as `/v1/login` does.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type { CertificateAttempt, ConnectionName } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import { unavailable } from "../../login/verdict.ts";
import type { AuthenticateOf } from "../answered.ts";
import { presentedCertificate, stripForwarded } from "./client-certificate.ts";
import type { PresentedCertificate, TrustedProxies } from "./client-certificate.ts";
import { certificatePath } from "./api/paths.ts";
import { readRequest } from "./api/read-request.ts";
import { certificateRequest } from "./api/requests.ts";
import { answerLogin, refuse } from "./login-route.ts";
import type { LoginRouteOptions } from "./login-route.ts";
import { readConnection } from "./parse-login.ts";
import type { RequestErrorCode } from "./request-error.ts";
import { continueTrace } from "./trace-parent.ts";

export interface CertificateRouteOptions extends Omit<LoginRouteOptions, "authenticate" | "callers"> {
  readonly authenticate: AuthenticateOf<CertificateAttempt>;
  /** Whose `Client-Cert` is believed. */
  readonly certificateProxies: TrustedProxies;
}

const problems = {
  none: "no_client_certificate",
  malformed: "client_certificate_malformed",
  too_large: "client_certificate_too_large",
} as const satisfies Readonly<Record<Exclude<PresentedCertificate["kind"], "presented">, RequestErrorCode>>;

export function addCertificateRoute(server: FastifyInstance, options: CertificateRouteOptions): void {
  const { authenticate, certificateProxies, connections, events, loginDeadlineMs } = options;
  server.addHook("onRequest", async ({ raw }) => {
    if (stripForwarded(raw, certificateProxies)) events.certificateHeaderIgnored();
  });
  server.post(certificatePath, async (request, reply) => {
    // There need not be a body.
    const body = readRequest(certificateRequest, request.body === undefined ? {} : request.body);
    if (!body.ok) return refuse(reply, body.problem, events);
    const connection = readConnection(body.value.connection, connections);
    if (!connection.ok) return refuse(reply, connection.problem, events);
    const read = readCertificateAttempt(request.raw, connection.name, options);
    if (!read.ok) return refuse(reply, read.code, events);
    const { attempt } = read;
    continueTrace(request.raw, attempt.id, options);
    try {
      const verdict = await authenticate(attempt, Deadline.after(loginDeadlineMs), { ip: request.ip });
      return answerLogin(reply, attempt.id, verdict, options);
    } catch (error) {
      events.defect({ where: "certificate_route", error });
      return answerLogin(reply, attempt.id, unavailable("internal_error"), options);
    }
  });
}

export type ReadCertificateAttempt =
  | { readonly ok: true; readonly attempt: CertificateAttempt }
  | { readonly ok: false; readonly code: RequestErrorCode };

/** From a request whose headers were stripped, where they had to be: also for logins in a browser. */
export function readCertificateAttempt(
  request: IncomingMessage,
  connection: ConnectionName,
  {
    certificateProxies,
    newAttemptId,
    events,
  }: Pick<CertificateRouteOptions, "certificateProxies" | "newAttemptId" | "events">,
): ReadCertificateAttempt {
  const presented = presentedCertificate(request, certificateProxies);
  if (presented.kind !== "presented") return { ok: false, code: problems[presented.kind] };
  const { certificate, chain, proof } = presented;
  events.certificatePresented({ connection, proof: proof.by });
  return {
    ok: true,
    attempt: { id: newAttemptId(), connection, method: "certificate", certificate, chain, proof },
  };
}
