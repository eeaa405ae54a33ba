/**
 * What is there for the audit: the ends of what was asked, with who and from where, and what becomes of the records.
 *
 * Who and from where go into the audit alone. Neither log nor metrics have them.
 *
 * @module
 */

import type { AttemptId, ConnectionName, LoginMethod } from "../login/attempt.ts";
import type { OperationEnd, OperationMethod } from "../login/operation.ts";
import type { Origin } from "../login/source.ts";
import type { Verdict } from "../login/verdict.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface AuditEvents {
  /** Whoever logs in has the answer, after directory, throttle and cache. */
  loginAnswered(e: {
    attempt: AttemptId;
    connection: ConnectionName;
    method: LoginMethod;
    /** As it was typed, where one was. */
    username?: string;
    /** Whom the attempt is about, where it says so by itself. */
    subject?: string;
    from: Origin;
    verdict: Verdict;
    ms: number;
  }): void;
  operationAnswered(e: {
    attempt: AttemptId;
    connection: ConnectionName;
    method: OperationMethod;
    username?: string;
    query?: string;
    caller: string;
    from: Origin;
    end: OperationEnd;
    ms: number;
  }): void;
  /** A login page was shown. */
  loginBegun(e: { from: Origin }): void;
  /** The program was asked to end, and has answered what it had begun. */
  stopping(): void;

  auditKept(e: { sink: AuditSinkName; count: number }): void;
  /** They can be found nowhere. */
  auditLost(e: { sink: AuditSinkName; count: number }): void;
  /** It goes on being tried. */
  auditSinkFailed(e: { sink: AuditSinkName }): void;
}

export type AuditSinkName = "file" | "stream";

/** Records are lost by the hundred; it is said at most so often. */
const toldAgainMs = 5_000;

export function auditEvents(log: Log, metrics: Metrics): AuditEvents {
  const failing = new Set<AuditSinkName>();
  const toldAtMs = new Map<AuditSinkName, number>();
  const untold = new Map<AuditSinkName, number>();
  return {
    loginAnswered: () => undefined,
    operationAnswered: () => undefined,
    loginBegun: () => undefined,
    stopping: () => undefined,
    auditKept({ sink, count }) {
      metrics.count("drawbridge_audit_records_total", { sink, result: "kept" }, count);
      metrics.set("drawbridge_audit_sink_available", { sink }, 1);
      if (failing.delete(sink)) log.info("audit_sink_available", { sink });
    },
    auditLost({ sink, count }) {
      metrics.count("drawbridge_audit_records_total", { sink, result: "lost" }, count);
      const lost = (untold.get(sink) ?? 0) + count;
      untold.set(sink, lost);
      if (performance.now() - (toldAtMs.get(sink) ?? -toldAgainMs) < toldAgainMs) return;
      toldAtMs.set(sink, performance.now());
      untold.set(sink, 0);
      log.error("audit_lost", { sink, count: lost });
    },
    auditSinkFailed({ sink }) {
      metrics.set("drawbridge_audit_sink_available", { sink }, 0);
      if (failing.has(sink)) return;
      failing.add(sink);
      log.warn("audit_sink_unavailable", { sink });
    },
  };
}
