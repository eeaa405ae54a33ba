/**
 * A gateway, put together: the bus, its connections, the login API.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import type { GatewaySecrets, TlsFiles } from "../config/secrets.ts";
import { createGateway } from "../gateway/gateway.ts";
import type { GatewayConnection } from "../gateway/gateway.ts";
import { createApiCallers } from "../gateway/http/api-callers.ts";
import type { ApiCaller } from "../gateway/http/api-callers.ts";
import { trustedProxies } from "../gateway/http/client-certificate.ts";
import { createNetworks } from "../gateway/http/networks.ts";
import type { Networks } from "../gateway/http/networks.ts";
import { startHttpServer } from "../gateway/http/server.ts";
import type { HttpServer } from "../gateway/http/server.ts";
import { createAttemptId, isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import { importIdentityKey, importPinnedKeys } from "../protocol/identity-key.ts";
import { aborted } from "./aborted.ts";
import { openCachedLogins } from "./open-caches.ts";
import { openOidc, readPages } from "./open-oidc.ts";
import { listening } from "./listening.ts";
import type { ProgramContext } from "./programs.ts";
import { renewCertificates, renewGatewayKeys } from "./renew-keys.ts";

/** Resolves when the program was asked to end and every login under way has its answer, or the drain time is over. */
export async function runGateway(context: ProgramContext): Promise<void> {
  const { config, secrets, events, id, signal, status } = context;
  if (config.gateway === undefined || secrets.gateway === undefined) throw new Error("no gateway configured");
  const { http, clientCertificates, inFlightMax, loginDeadline, drainTimeout, disclosure } = config.gateway;
  const pages = readPages(config.gateway, secrets.gateway);
  const callers = createApiCallers(callersOf(config.gateway, secrets.gateway));
  const connections = await readConnections(secrets.gateway.connectorKeys);
  const identity = await importIdentityKey(secrets.gateway.identityKey.reveal());

  await using bus = await context.connectToBus();
  using gateway = createGateway(
    {
      gateway: id,
      identity,
      bus,
      events,
      now: () => performance.now(),
      wallClock: Date.now,
      random: Math.random,
      randomBytes,
      inFlightMax,
    },
    connections,
  );
  const { tls, clientCertificatesTls } = secrets.gateway;
  const { store, ...cached } = openCachedLogins(context, bus, gateway);
  const common = {
    ...cached,
    connections: new Set(connections.map(({ name }) => name)),
    disclosure,
    loginDeadlineMs: loginDeadline,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events,
  };
  const options = {
    ...common,
    callers,
    trustedProxies: http.trustedProxies,
    tickets: { authenticate: gateway.authenticate, networks: ticketNetworks(config.gateway) },
    ...(clientCertificates && {
      certificateLogins: { ...common, certificateProxies: trustedProxies(clientCertificates.trustedProxies) },
    }),
  };
  const oidc = openOidc(config.gateway, secrets.gateway, pages, store, common);
  const server = await listening(http, () =>
    startHttpServer({ ...options, ...http, tls: tls && revealed(tls), ...(oidc && { oidc }) }),
  );
  events.listening({ server: "http", host: http.host, port: server.port });
  const listener = clientCertificates?.listener;
  const certificateServer =
    listener &&
    clientCertificatesTls &&
    (await listening(listener, () => {
      const asking = { ...revealed(clientCertificatesTls), asksForCertificate: true };
      return startHttpServer({ ...options, ...listener, tls: asking });
    }));
  if (listener && certificateServer) {
    events.listening({ server: "certificates", host: listener.host, port: certificateServer.port });
  }
  using renewing = new DisposableStack();
  renewing.use(renewGatewayKeys(config.gateway, secrets.gateway, gateway, events));
  renewing.use(renewCertificates(config.gateway, secrets.gateway, { server, certificateServer }, events));
  status.inFlight = () => gateway.inFlight;
  // Not the connectors: where all are down, a gateway still has an answer to give, and every other gateway would be unready too.
  status.parts = () => ({ nats: bus.connected });

  await aborted(signal);
  events.draining({ inFlight: gateway.inFlight });
  await closed([server, certificateServer], drainTimeout);
}

/** Resolves when all of them have answered what they had, or the time is over. */
async function closed(servers: readonly (HttpServer | undefined)[], withinMs: number): Promise<void> {
  const all = Promise.all(servers.map(async (server) => server?.close()));
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, withinMs).unref())]);
}

function revealed({ cert, key }: TlsFiles): { readonly cert: string; readonly key: string } {
  return { cert, key: key.reveal() };
}

function callersOf({ api }: GatewayConfig, { apiTokens }: GatewaySecrets): readonly ApiCaller[] {
  return api.tokens.flatMap(({ name, may, connections }, index) => {
    const token = apiTokens[index];
    if (token === undefined) return [];
    return [{ name, token, may: new Set(may), ...(connections && { connections: new Set(connections) }) }];
  });
}

function ticketNetworks({ connections }: GatewayConfig): ReadonlyMap<ConnectionName, Networks> {
  const entries = Object.entries(connections).flatMap(([name, { negotiate }]) =>
    isConnectionName(name) && negotiate !== undefined
      ? [[name, createNetworks(negotiate.networks)] as const]
      : [],
  );
  return new Map(entries);
}

async function readConnections(
  keys: ReadonlyMap<string, readonly string[]>,
): Promise<readonly GatewayConnection[]> {
  const entries = [...keys].flatMap(([name, pems]) => (isConnectionName(name) ? [{ name, pems }] : []));
  return Promise.all(
    entries.map(async ({ name, pems }) => ({ name, connectorKeys: await importPinnedKeys(pems) })),
  );
}
