/**
 * A gateway, put together: the bus, its connections, what it remembers, and its ports.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { digestOf } from "../config/configuration-digest.ts";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import { answeredLogins, answeredOperations } from "../gateway/answered.ts";
import { createGateway } from "../gateway/gateway.ts";
import type { GatewayConnection } from "../gateway/gateway.ts";
import { createApiCallers } from "../gateway/http/api-callers.ts";
import { trustedProxies } from "../gateway/http/client-certificate.ts";
import { createNetworks } from "../gateway/http/networks.ts";
import type { Networks } from "../gateway/http/networks.ts";
import { createAttemptId, isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import { importIdentityKey, importPinnedKeys } from "../protocol/identity-key.ts";
import { aborted } from "./aborted.ts";
import { closeServers, startServers } from "./gateway-servers.ts";
import { withCaches } from "./open-caches.ts";
import { openOidc, readPages } from "./open-oidc.ts";
import { openStatus } from "./open-status.ts";
import { openSharedStore } from "./open-shared-store.ts";
import type { ProgramContext } from "./programs.ts";
import { callersOf, renewSecrets } from "./renew-gateway-secrets.ts";
import { throttled } from "./throttled.ts";

/** Resolves when the program was asked to end and every login under way has its answer, or the drain time is over. */
export async function runGateway(context: ProgramContext): Promise<void> {
  const { config, secrets, events, id, signal, status, tracer } = context;
  if (config.gateway === undefined || secrets.gateway === undefined) throw new Error("no gateway configured");
  const { http, inFlightMax, loginDeadline, disclosure } = config.gateway;
  events.configured({ section: "gateway", digest: digestOf(config.gateway).digest });
  const pages = readPages(config.gateway, secrets.gateway);
  const { tokenRequired, document } = config.gateway.api;
  const callers = createApiCallers(callersOf(config.gateway, secrets.gateway.apiTokens), tokenRequired);
  const connections = await readConnections(secrets.gateway.connectorKeys);

  await using bus = await context.connectToBus();
  using gateway = createGateway(
    {
      gateway: id,
      identity: await importIdentityKey(secrets.gateway.identityKey.reveal()),
      bus,
      events,
      now: () => performance.now(),
      wallClock: Date.now,
      random: Math.random,
      randomBytes,
      inFlightMax,
      traceparent: tracer && ((attempt) => tracer.traceparent(attempt)),
    },
    connections,
  );
  const store = openSharedStore(context, bus, {
    program: "gateway",
    keys: secrets.gateway.stateKeys,
    replicas: config.gateway.state.replicas,
  });
  const telling = { events, now: () => performance.now() };
  const guarded = throttled(context, store, gateway);
  const doors = withCaches(context, store, guarded);
  const authenticate = answeredLogins(gateway.authenticate, telling);
  const common = {
    authenticate: answeredLogins(doors.authenticate, telling),
    operate: answeredOperations(doors.operate, telling),
    connections: new Set(connections.map(({ name }) => name)),
    disclosure,
    loginDeadlineMs: loginDeadline,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events,
    ...(config.traces && { traceParents: trustedProxies(config.traces.acceptParentFrom) }),
  };
  const options = {
    ...common,
    callers,
    document,
    trustedProxies: http.trustedProxies,
    tickets: { authenticate, networks: ticketNetworks(config.gateway) },
    ...certificateLogins(config.gateway, { ...common, authenticate }),
  };
  const pageDoors = { ...common, tickets: options.tickets };
  const oidc = await openOidc(config.gateway, secrets.gateway, pages, store, pageDoors, authenticate);
  const statusServer = await openStatus(context, gateway, common);
  const servers = { ...(await startServers(context, options, oidc)), statusServer };
  const users = { gateway, servers, callers, store, renewDigests: guarded.renewKeys };
  using renewing = new DisposableStack();
  renewing.use(renewSecrets(config.gateway, secrets.gateway, users, events));
  status.inFlight = () => gateway.inFlight;
  // Not the connectors: where all are down, a gateway still has an answer to give, and every other gateway would be unready too.
  status.parts = () => ({ nats: bus.connected });

  await aborted(signal);
  events.draining({ inFlight: gateway.inFlight });
  await closeServers(servers, config.gateway);
}

function certificateLogins<T extends object>({ clientCertificates }: GatewayConfig, common: T) {
  if (clientCertificates === undefined) return {};
  const certificateProxies = trustedProxies(clientCertificates.trustedProxies);
  return { certificateLogins: { ...common, certificateProxies } };
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
