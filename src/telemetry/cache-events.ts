/**
 * What happens to the cache of logins.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { DenialReason } from "../login/verdict.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface CacheEvents {
  /** No directory could be asked, and the cache was. `right` lets somebody in. */
  cachedLoginEnded(e: { attempt: AttemptId; connection: ConnectionName; result: string; ms: number }): void;
  cacheWritten(e: { connection: ConnectionName; result: "kept" | "left_out" | "busy" | "unavailable" }): void;
  /** Somebody is not kept any more, for what the directory said. */
  cachePurged(e: { connection: ConnectionName; reason: DenialReason }): void;
  /** Nobody of the connection is kept any more, because the settings say so. */
  cacheRemoved(e: { connection: ConnectionName }): void;
}

export function cacheEvents(log: Log, metrics: Metrics): CacheEvents {
  return {
    cachedLoginEnded({ attempt, connection, result, ms }) {
      metrics.count("drawbridge_cached_logins_total", { connection, result });
      metrics.observe("drawbridge_cached_login_duration_seconds", { connection }, ms / 1_000);
      log.warn("cached_login_ended", { attempt, connection, result, ms: Math.round(ms * 10) / 10 });
    },
    cacheWritten(e) {
      metrics.count("drawbridge_cache_writes_total", e);
      log.debug("cache_written", e);
    },
    cachePurged(e) {
      metrics.count("drawbridge_cache_purges_total", e);
      log.info("cache_purged", e);
    },
    cacheRemoved: (e) => log.info("cache_removed", e),
  };
}
