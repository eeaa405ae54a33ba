/**
 * The operators' page of a gateway, as the settings say.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { digestOf } from "../config/configuration-digest.ts";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { createOperators } from "../gateway/http/status/operators.ts";
import type { BoundedServer } from "../gateway/http/server.ts";
import { startStatusServer } from "../gateway/http/status/status-server.ts";
import type { TryLoginDeps } from "../gateway/http/status/try-login.ts";
import { isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import { revealed } from "./gateway-servers.ts";
import { listening } from "./listening.ts";
import type { ProgramContext } from "./programs.ts";
import { explainTrouble, explainVerdict } from "./trouble-hints.ts";
import { version } from "./version.ts";

/** @returns undefined where no page is configured. */
export async function openStatus(
  context: ProgramContext,
  gateway: Gateway,
  trying: Omit<TryLoginDeps, "recent" | "now">,
): Promise<BoundedServer | undefined> {
  const { events, recent, id, signal } = context;
  const [config, files] = [context.config.gateway, context.secrets.gateway?.status];
  if (config?.status === undefined || files === undefined) return undefined;
  const { status: settings, throttle } = config;
  const now = (): number => performance.now();
  const wallClock = Date.now;
  const server = await listening(settings, () =>
    startStatusServer({
      ...settings,
      tls: files.tls && revealed(files.tls),
      operators: createOperators({ token: files.token, now, wallClock, randomBytes }),
      status: {
        about: {
          id,
          version: version(),
          configuration: digestOf(config).digest,
          startedAt: new Date(wallClock() - 1_000 * process.uptime()).toISOString(),
          throttle: throttle.enabled,
        },
        gateway,
        cached: cachedConnections(config),
        readiness: () => {
          const parts = context.status.parts();
          return { ready: !signal.aborted && Object.values(parts).every(Boolean), parts };
        },
        recent,
        explain: explainTrouble,
        now,
        wallClock,
      },
      trying: settings.tryLogins ? { ...trying, recent, now } : undefined,
      explainVerdict,
      events,
    }),
  );
  events.listening({ server: "status", host: settings.host, port: server.port });
  return server;
}

/** Without the secret that seals it nothing is kept. */
function cachedConnections({ connections, state }: GatewayConfig): ReadonlySet<ConnectionName> {
  const isKept = state.keyFiles.length > 0;
  return new Set(
    Object.entries(connections).flatMap(([name, { cache }]) =>
      isConnectionName(name) && cache.enabled && isKept ? [name] : [],
    ),
  );
}
