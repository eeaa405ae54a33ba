/**
 * A gateway, put together: the bus, its connections, the login API.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import type { GatewaySecrets } from "../config/secrets.ts";
import { createGateway } from "../gateway/gateway.ts";
import type { GatewayConnection } from "../gateway/gateway.ts";
import { createApiCallers } from "../gateway/http/api-callers.ts";
import type { ApiCaller } from "../gateway/http/api-callers.ts";
import { startHttpServer } from "../gateway/http/server.ts";
import { createAttemptId, isConnectionName } from "../login/attempt.ts";
import { importIdentityKey, importPinnedKeys } from "../protocol/identity-key.ts";
import { aborted } from "./aborted.ts";
import { listening } from "./listening.ts";
import type { ProgramContext } from "./programs.ts";

/** Resolves when the program was asked to end and every login under way has its answer, or the drain time is over. */
export async function runGateway(context: ProgramContext): Promise<void> {
  const { config, secrets, events, id, signal, status } = context;
  if (config.gateway === undefined || secrets.gateway === undefined) throw new Error("no gateway configured");
  const { http, inFlightMax, loginDeadline, drainTimeout, disclosure } = config.gateway;
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
  const { tls } = secrets.gateway;
  const server = await listening(http, () =>
    startHttpServer({
      ...http,
      tls: tls && { cert: tls.cert, key: tls.key.reveal() },
      authenticate: gateway.authenticate,
      operate: gateway.operate,
      callers,
      connections: new Set(connections.map(({ name }) => name)),
      disclosure,
      loginDeadlineMs: loginDeadline,
      newAttemptId: () => createAttemptId(randomBytes),
      random: Math.random,
      events,
    }),
  );
  status.inFlight = () => gateway.inFlight;
  // Not the connectors: where all are down, a gateway still has an answer to give, and every other gateway would be unready too.
  status.parts = () => ({ nats: bus.connected });
  events.listening({ server: "http", host: http.host, port: server.port });

  await aborted(signal);
  events.draining({ inFlight: gateway.inFlight });
  await Promise.race([server.close(), new Promise((resolve) => setTimeout(resolve, drainTimeout).unref())]);
}

function callersOf({ api }: GatewayConfig, { apiTokens }: GatewaySecrets): readonly ApiCaller[] {
  return api.tokens.flatMap(({ name, may, connections }, index) => {
    const token = apiTokens[index];
    if (token === undefined) return [];
    return [{ name, token, may: new Set(may), ...(connections && { connections: new Set(connections) }) }];
  });
}

async function readConnections(
  keys: ReadonlyMap<string, readonly string[]>,
): Promise<readonly GatewayConnection[]> {
  const entries = [...keys].flatMap(([name, pems]) => (isConnectionName(name) ? [{ name, pems }] : []));
  return Promise.all(
    entries.map(async ({ name, pems }) => ({ name, connectorKeys: await importPinnedKeys(pems) })),
  );
}
