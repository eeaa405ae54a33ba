/**
 * The ports of a gateway: the public one, and the one that asks for client certificates where there is one.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import type { TlsFiles } from "../config/secrets.ts";
import type { OidcDeps } from "../gateway/http/oidc/mount-oidc.ts";
import { startHttpServer } from "../gateway/http/server.ts";
import type { BoundedServer, HttpServer, HttpServerOptions } from "../gateway/http/server.ts";
import { listening } from "./listening.ts";
import type { ProgramContext } from "./programs.ts";

export interface GatewayServers {
  readonly server: HttpServer;
  readonly certificateServer: HttpServer | undefined;
}

export interface AllServers extends GatewayServers {
  readonly statusServer: BoundedServer | undefined;
}

/** @param options  What both of them serve. */
export async function startServers(
  { config, secrets, events }: Pick<ProgramContext, "config" | "secrets" | "events">,
  options: Omit<HttpServerOptions, "host" | "port" | "tls" | "oidc">,
  oidc: OidcDeps | undefined,
): Promise<GatewayServers> {
  if (config.gateway === undefined || secrets.gateway === undefined) throw new Error("no gateway configured");
  const { http, clientCertificates } = config.gateway;
  const { tls, clientCertificatesTls } = secrets.gateway;
  const server = await listening(http, () =>
    startHttpServer({ ...options, ...http, tls: tls && revealed(tls), ...(oidc && { oidc }) }),
  );
  events.listening({ server: "http", host: http.host, port: server.port });
  const listener = clientCertificates?.listener;
  if (listener === undefined || clientCertificatesTls === undefined) {
    return { server, certificateServer: undefined };
  }
  const certificateServer = await listening(listener, () => {
    const asking = { ...revealed(clientCertificatesTls), asksForCertificate: true };
    const common = { ...options, ...(oidc && { oidc }), isCertificatesOnly: true };
    return startHttpServer({ ...common, ...listener, tls: asking });
  });
  events.listening({ server: "certificates", host: listener.host, port: certificateServer.port });
  return { server, certificateServer };
}

/**
 * Resolves when all have answered what they had, or the time is over.
 *
 * A request that is on its way on a kept connection is lost when that is cut here, so clients are told first: each has `leaveDelay` to
 * come once more, on whichever connection, and go elsewhere after that.
 */
export async function closeServers(
  { server, certificateServer, statusServer }: AllServers,
  { leaveDelay, drainTimeout }: Pick<GatewayConfig, "leaveDelay" | "drainTimeout">,
): Promise<void> {
  server.leave();
  certificateServer?.leave();
  if (leaveDelay > 0) await pause(leaveDelay);
  const closed = Promise.all([server.close(), certificateServer?.close(), statusServer?.close()]);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, drainTimeout).unref())]);
}

export function revealed({ cert, key }: TlsFiles): { readonly cert: string; readonly key: string } {
  return { cert, key: key.reveal() };
}
