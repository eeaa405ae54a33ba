/**
 * What a trace tells of a request beyond what is counted and logged anyway, and what becomes of traces.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { TraceContext } from "../login/trace-context.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { round } from "./reason-of.ts";

interface Attempted {
  readonly attempt: AttemptId;
  readonly connection: ConnectionName;
}

export interface TraceEvents {
  /** The request belongs to a trace that was begun elsewhere, and comes from where that is believed. */
  traceContinued(e: { attempt: AttemptId; parent: TraceContext }): void;
  /** A request was read, and nothing was done with it yet. */
  requestBegun(e: { attempt: AttemptId }): void;
  /** The throttle has let a password through, or has ended the request. */
  throttleAnswered(
    e: Attempted & { answer: "tried" | "repeated" | "throttled" | "unavailable"; ms: number },
  ): void;
  /** Somebody claimed it: `claimed`. Or it has ended without. */
  replicaSought(e: Attempted & { outcome: string; reason: string; ms: number }): void;
  /** One of the replicas that it was granted to is done with it, or was given up. */
  grantEnded(
    e: Attempted & { replica: string; controller: string; outcome: string; reason: string; ms: number },
  ): void;

  spansTaken(e: { count: number }): void;
  /** They are told nowhere. */
  spansDropped(e: { count: number }): void;
  /** It goes on being tried. */
  collectorFailed(e: { why: string }): void;
}

export function traceEvents(log: Log, metrics: Metrics): TraceEvents {
  let isFailing = false;
  return {
    traceContinued: () => undefined,
    requestBegun: () => undefined,
    throttleAnswered: () => undefined,
    replicaSought: () => undefined,
    grantEnded: ({ attempt, connection, replica, ms, ...rest }) =>
      log.debug("grant_ended", { attempt, connection, connector: replica, ...rest, ms: round(ms) }),
    spansTaken({ count }) {
      metrics.count("drawbridge_trace_spans_total", { result: "taken" }, count);
      if (isFailing) log.info("trace_collector_available", {});
      isFailing = false;
    },
    spansDropped: ({ count }) => metrics.count("drawbridge_trace_spans_total", { result: "dropped" }, count),
    collectorFailed({ why }) {
      if (!isFailing) log.warn("trace_collector_unavailable", { why });
      isFailing = true;
    },
  };
}
