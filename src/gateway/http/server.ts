/**
 * The gateway's public HTTP server: limits, time-outs, headers, and an orderly end.
 *
 * @module
 */

import { constants } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import { fastify } from "fastify";
import type { FastifyError, FastifyInstance } from "fastify";
import { addDocumentRoute } from "./api/document-route.ts";
import { addCertificateRoute } from "./certificate-route.ts";
import type { CertificateRouteOptions } from "./certificate-route.ts";
import { BodyError, readJsonOnly } from "./json-body.ts";
import { addLoginRoute, answerUnavailable, refuse } from "./login-route.ts";
import type { LoginRouteOptions } from "./login-route.ts";
import { addNegotiateRoute } from "./negotiate-route.ts";
import type { NegotiateRouteOptions } from "./negotiate-route.ts";
import type { MountedOidc, OidcDeps, OidcKeys } from "./oidc/mount-oidc.ts";
import { addOperationRoutes } from "./operation-routes.ts";
import type { OperationRoutesOptions } from "./operation-routes.ts";
import { requestError } from "./request-error.ts";
import type { RequestErrorCode, RequestProblem } from "./request-error.ts";

export interface HttpServerOptions extends LoginRouteOptions, OperationRoutesOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM; without it the server speaks plain HTTP, for a proxy in front. */
  readonly tls: ServerTls | undefined;
  /** Without it, nobody logs in here with a certificate. */
  readonly certificateLogins?: CertificateRouteOptions;
  readonly trustedProxies: readonly string[];
  /** Whether the description of the API is served. */
  readonly document?: boolean;
  /** Without it, no connection takes tickets here. */
  readonly tickets?: Pick<NegotiateRouteOptions, "authenticate" | "networks">;
  /** Without it, nobody logs in here through a browser. */
  readonly oidc?: OidcDeps;
  /** True on a port where browsers show certificates to the issuer, and nothing else of it is served. */
  readonly isCertificatesOnly?: boolean;
}

export interface BoundedServerOptions extends Pick<
  HttpServerOptions,
  "host" | "port" | "tls" | "trustedProxies"
> {
  /** Requests under way are not waited for when it closes. */
  readonly endsAtOnce?: boolean;
}

export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Who connects is asked for a certificate, and need not have one. Whose it is, a connector finds out. */
  readonly asksForCertificate?: boolean;
}

export interface BoundedServer {
  readonly port: number;
  /**
   * For the connections to come.
   * @throws {Error} when the certificate does not fit its key; the one before stays.
   */
  renewTls(tls: Pick<ServerTls, "cert" | "key">): void;
  /** From now on each connection ends with its next answer, and one that has none to wait for after a second and a half. */
  leave(): void;
  /** Takes no new connections, ends idle ones, and resolves when the requests under way are answered. */
  close(): Promise<void>;
}

export interface HttpServer extends BoundedServer {
  /** Where there is an issuer. */
  renewOidc(keys: OidcKeys): void;
}

/** A Kerberos token of 48 KiB, in base64, and everything else. */
const headerBytesMax = 81_920;
/** For a whole request to arrive, and for a TLS handshake: slow senders do not hold connections. */
const requestTimeoutMs = 10_000;
const slowCheckIntervalMs = 1_000;
/** Longer than proxies usually keep theirs. */
const keepAliveTimeoutMs = 65_000;
/**
 * What clients are told, which is less: whoever leaves an idle connection in time cannot send a request into one that is just being closed
 * here. Clients take off another second or two (Node's agent one, `fetch` two), so that few are left when a leaving gateway ends them.
 */
const keepAliveToldMs = 3_000;
/**
 * When a leaving gateway ends them. Who deletes a pod by force gives it two seconds, after which nobody is left to tell a client that its
 * connection is gone. Before that, as late as may be: most are used once more, and end with an answer.
 */
const idleWhenLeavingMs = 1_500;
const connectionsMax = 10_000;

const securityHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
} as const;
/** Two years. Only browsers mind it, and only over TLS. */
const strictTransport = "max-age=63072000";

/** @throws {Error} when the port cannot be listened on or the certificate does not fit its key. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  let issuer: MountedOidc | undefined;
  const bounded = await listenBounded(options, async (server, isClosing) => {
    addBorder(server, options);
    addLoginRoute(server, options);
    addOperationRoutes(server, options);
    const { oidc, certificateLogins } = options;
    if (certificateLogins !== undefined) addCertificateRoute(server, certificateLogins);
    // The provider is loaded where there is an issuer: it is a fifth of a gateway's memory.
    if (certificateLogins !== undefined && oidc !== undefined) {
      const { addCertificatePage } = await import("./oidc/certificate-page-route.ts");
      addCertificatePage(server, oidc, certificateLogins);
    }
    if (options.document === true) addDocumentRoute(server);
    if (options.tickets !== undefined) addNegotiateRoute(server, { ...options, ...options.tickets });
    if (oidc !== undefined && options.isCertificatesOnly !== true) {
      const { mountOidc } = await import("./oidc/mount-oidc.ts");
      issuer = mountOidc(server, oidc, isClosing);
    }
  });
  return { ...bounded, renewOidc: (keys) => issuer?.renew(keys) };
}

/**
 * A server within these limits, whatever it serves.
 *
 * @throws {Error} when the port cannot be listened on or the certificate does not fit its key.
 */
export async function listenBounded(
  options: BoundedServerOptions,
  addRoutes: (server: FastifyInstance, isClosing: () => boolean) => void | Promise<void>,
): Promise<BoundedServer> {
  const server = createServer(options);
  server.server.maxConnections = connectionsMax;
  server.server.keepAliveTimeoutBuffer = keepAliveTimeoutMs - keepAliveToldMs;
  const { leave, close, isClosing } = closeEagerly(server);
  await addRoutes(server, isClosing);
  await server.listen({ host: options.host, port: options.port });
  const address = server.server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    renewTls(renewed) {
      if (server.server instanceof TlsServer)
        server.server.setSecureContext(tlsOptions({ ...options.tls, ...renewed }));
    },
    leave,
    close,
  };
}

function createServer({ tls, trustedProxies, endsAtOnce = false }: BoundedServerOptions): FastifyInstance {
  const common = {
    logger: false,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 0,
    keepAliveTimeout: keepAliveToldMs,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    return503OnClosing: false,
    forceCloseConnections: endsAtOnce ? true : "idle",
    exposeHeadRoutes: false,
    clientErrorHandler: answerBrokenRequest,
  } as const;
  const limits = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: requestTimeoutMs,
    // By itself Node looks for slow senders every 30 s.
    connectionsCheckingInterval: slowCheckIntervalMs,
  };
  if (tls === undefined) return fastify({ ...common, http: limits });
  // One type for both: the routes do not care which kind of server is below.
  return fastify({
    ...common,
    https: { ...limits, ...tlsOptions(tls), handshakeTimeout: requestTimeoutMs },
  });
}

function tlsOptions({ cert, key, asksForCertificate = false }: ServerTls) {
  const minVersion = "TLSv1.2";
  if (!asksForCertificate) return { cert, key, minVersion } as const;
  // Each connection proves the key anew: a resumed session would still have the certificate, without those that came with it.
  const secureOptions = constants.SSL_OP_NO_TICKET;
  return { cert, key, minVersion, requestCert: true, rejectUnauthorized: false, secureOptions } as const;
}

/** Answers that come after the end began close their connections: kept alive, each would hold the server open for the whole idle time. */
function closeEagerly(server: FastifyInstance) {
  let closing = false;
  server.addHook("onSend", async (_, reply) => {
    if (closing) reply.header("connection", "close");
  });
  const leave = (): void => {
    closing = true;
    // What has arrived by then is read first.
    const endIdle = (): unknown => setImmediate(() => server.server.closeIdleConnections());
    setTimeout(endIdle, idleWhenLeavingMs).unref();
  };
  const close = async (): Promise<void> => {
    leave();
    await server.close();
  };
  return { leave, close, isClosing: () => closing };
}

function addBorder(server: FastifyInstance, { events, random }: HttpServerOptions): void {
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    if (request.protocol === "https") reply.header("strict-transport-security", strictTransport);
  });
  readJsonOnly(server);
  server.setNotFoundHandler((request, reply) => {
    const url = request.url.split("?")[0] ?? "";
    const allowed = ["GET", "POST"].filter((method) => server.hasRoute({ method, url }));
    if (allowed.length === 0) return refuse(reply, "not_found", events);
    return refuse(reply.header("allow", allowed.join(", ")), "method_not_allowed", events);
  });
  server.setErrorHandler((error: FastifyError | BodyError, _, reply) => {
    const problem = error instanceof BodyError ? error.problem : problemOf(error);
    if (problem === undefined) {
      events.defect({ where: "http", error });
      return answerUnavailable(reply, { fault: "internal_error" }, random);
    }
    // What still arrives of such a body is not waited for.
    if (problem.code === "body_too_large") reply.header("connection", "close");
    return refuse(reply, problem, events);
  });
}

function problemOf(error: FastifyError): RequestProblem | undefined {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return { code: "body_too_large" };
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return { code: "unsupported_media_type" };
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return { code: "bad_request" };
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return { code: "malformed_json", message: "the body is empty, and must be JSON" };
    default:
      return error.statusCode === 400 ? { code: "malformed_json" } : undefined;
  }
}

/** What does not even parse as HTTP gets its answer on the bare socket. */
function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const code: RequestErrorCode =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? "request_timeout"
      : error.code === "HPE_HEADER_OVERFLOW"
        ? "headers_too_large"
        : "bad_request";
  const { status, body } = requestError({ code });
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
