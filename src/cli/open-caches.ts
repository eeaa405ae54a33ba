/**
 * The caches of the connections' logins, as the settings say; and the end of those that are switched off.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import { createCachedLogIn } from "../gateway/cache/cached-log-in.ts";
import type { LogIn } from "../gateway/cache/cached-log-in.ts";
import { createCachedOperate } from "../gateway/cache/cached-operate.ts";
import { ConnectionVault } from "../gateway/cache/connection-vault.ts";
import { CredentialCache } from "../gateway/cache/credential-cache.ts";
import { PasswordHasher } from "../gateway/cache/password-hash.ts";
import type { AuthenticateFrom, OperateFrom } from "../gateway/throttle/throttled-requests.ts";
import { isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import type { Store } from "../protocol/store-port.ts";
import type { Events } from "../telemetry/events.ts";
import type { ProgramContext } from "./programs.ts";

const bucketName = "logins";
const bytesMax = 268_435_456;
const spareMs = 3_600_000;
/** For each that is under way: together about half a second. */
const waitingHashesMax = 16;
const removeAgainMs = 10_000;

export interface Doors {
  readonly authenticate: AuthenticateFrom;
  readonly operate: OperateFrom;
}

/** The same doors, with the caches behind them. */
export function withCaches(
  context: Pick<ProgramContext, "config" | "events" | "signal">,
  store: Store | undefined,
  { authenticate, operate }: Doors,
): { readonly authenticate: LogIn; readonly operate: OperateFrom } {
  const { config, events } = context;
  if (config.gateway === undefined) throw new Error("no gateway configured");
  const caches = openCaches(config.gateway, store, context);
  return {
    authenticate: createCachedLogIn({ authenticate, caches, events, now: () => performance.now() }),
    operate: createCachedOperate({ operate, caches, events }),
  };
}

/** @returns those that are switched on; none without a store. */
function openCaches(
  { connections }: GatewayConfig,
  store: Store | undefined,
  { events, signal }: Pick<ProgramContext, "events" | "signal">,
): ReadonlyMap<ConnectionName, CredentialCache> {
  if (store === undefined) return new Map();
  const maxAgeMs = Math.max(...Object.values(connections).map(({ cache }) => cache.maxAge)) + spareMs;
  const bucket = store.bucket({ name: bucketName, maxAgeMs, bytesMax });
  // Half of the processors are for everything else, at least.
  const atOnceMax = Math.max(1, Math.floor(availableParallelism() / 2));
  const hasher = new PasswordHasher({ atOnceMax, waitingMax: waitingHashesMax * atOnceMax });
  const wallClock = Date.now;
  const foreign = (): void => events.storeEntryForeign({ bucket: bucketName });
  const opened = Object.entries(connections).flatMap(([name, { cache }]) => {
    if (!isConnectionName(name)) return [];
    const vault = new ConnectionVault(name, { bucket, maxAgeMs, foreign, wallClock });
    const { maxAge, names, excludeGroups } = cache;
    const rules = { maxAgeMs: maxAge, names, excludeGroups };
    return [{ isOn: cache.enabled, cache: new CredentialCache(name, { vault, rules, hasher, wallClock }) }];
  });
  for (const { isOn, cache } of opened) if (!isOn) void remove(cache, events, signal);
  return new Map(opened.flatMap(({ isOn, cache }) => (isOn ? [[cache.connection, cache] as const] : [])));
}

/** However long the store is away. */
async function remove(cache: CredentialCache, events: Events, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const removed = await cache.remove();
    if (removed === "destroyed") events.cacheRemoved({ connection: cache.connection });
    if (removed !== "unavailable") return;
    await pause(removeAgainMs, undefined, { ref: false });
  }
}
