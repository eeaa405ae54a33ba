/**
 * What happens to the memory that the replicas of a program share.
 *
 * @module
 */

import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface StoreEvents {
  /** One operation ended; `why` it was unavailable, where it was. */
  storeOperation(e: {
    bucket: string;
    operation: "open" | "get" | "put" | "create" | "update" | "delete";
    result: string;
    isUnavailable: boolean;
    ms: number;
  }): void;
  /** The shared memory is not configured: each replica remembers for itself. */
  storeAbsent(): void;
  storeEntryForeign(e: { bucket: string }): void;
}

/** A bucket that answers now and then is told of at most so often. */
const toldAgainMs = 1_000;

export function storeEvents(log: Log, metrics: Metrics): StoreEvents {
  // As many as the program has buckets.
  const available = new Map<string, { is: boolean; failedAtMs: number }>();
  const tell = (bucket: string, operation: string, result: string, isUnavailable: boolean): void => {
    const known = available.get(bucket);
    const nowMs = performance.now();
    if (isUnavailable && known?.is === false) {
      known.failedAtMs = nowMs;
      return;
    }
    const isEarly = known?.is === false && nowMs - known.failedAtMs < toldAgainMs;
    if (known?.is === !isUnavailable || isEarly) return;
    available.set(bucket, { is: !isUnavailable, failedAtMs: nowMs });
    metrics.set("drawbridge_store_available", { bucket }, isUnavailable ? 0 : 1);
    if (isUnavailable) log.warn("store_unavailable", { bucket, operation, why: result });
    else log.info("store_available", { bucket });
  };
  return {
    storeOperation({ bucket, operation, result, isUnavailable, ms }) {
      metrics.count("drawbridge_store_operations_total", { bucket, operation, result });
      metrics.observe("drawbridge_store_operation_duration_seconds", { bucket, operation }, ms / 1_000);
      if (result === "differs") log.warn("store_bucket_differs", { bucket });
      if (result === "tapped") log.error("store_bucket_tapped", { bucket });
      tell(bucket, operation, result, isUnavailable);
    },
    storeAbsent: () => log.warn("store_absent", {}),
    storeEntryForeign({ bucket }) {
      metrics.count("drawbridge_store_foreign_entries_total", { bucket });
      log.warn("store_entry_foreign", { bucket });
    },
  };
}
