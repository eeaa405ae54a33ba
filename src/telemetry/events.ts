/**
 * What happens, one function each: metric and log record together, so that they cannot drift apart.
 *
 * INFO says attempt id, connection, method, outcome, reason and milliseconds. Nothing that identifies a person is at any level. Ids of
 * processes are in records, never in labels: `replica` is the one that writes, `connector` and `gateway` the one at the other end.
 * No function throws.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { AttemptTrace } from "../login/attempt-trace.ts";
import type { OperationEnd, OperationMethod } from "../login/operation.ts";
import type { OperatorEnd, VerifierEnd } from "../login/ports.ts";
import type { Method } from "../login/request.ts";
import type { TraceContext } from "../login/trace-context.ts";
import type { Verdict } from "../login/verdict.ts";
import { auditEvents, type AuditEvents } from "./audit-events.ts";
import { cacheEvents, type CacheEvents } from "./cache-events.ts";
import { certificateEvents, type CertificateEvents } from "./certificate-events.ts";
import { describeDefect } from "./describe-defect.ts";
import { directoryEvents, type DirectoryEvents } from "./directory-events.ts";
import { healthEvents, type HealthEvents } from "./health-events.ts";
import { keyEvents, type KeyEvents } from "./key-events.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { oidcEvents, type OidcEvents } from "./oidc-events.ts";
import { reasonOf, round } from "./reason-of.ts";
import { statusEvents, type StatusEvents } from "./status-events.ts";
import { storeEvents, type StoreEvents } from "./store-events.ts";
import { traceEvents, type TraceEvents } from "./trace-events.ts";
import { traceFields } from "./trace-fields.ts";
import { ticketEvents, type TicketEvents } from "./ticket-events.ts";
import { throttleEvents, type ThrottleEvents } from "./throttle-events.ts";

interface Attempted {
  readonly attempt: AttemptId;
  readonly connection: ConnectionName;
}

/** Who worked on a request. */
interface Course {
  readonly grants: number;
  /** That answered last. */
  readonly replica?: string;
  /** As that replica announced it. */
  readonly controller?: string;
  /** How long its claim took to come. */
  readonly claimMs?: number;
  /** An earlier replica may have sent a bind. */
  readonly suspected?: boolean;
}

export interface Events
  extends
    AuditEvents,
    CacheEvents,
    CertificateEvents,
    DirectoryEvents,
    HealthEvents,
    KeyEvents,
    OidcEvents,
    StatusEvents,
    StoreEvents,
    ThrottleEvents,
    TicketEvents,
    TraceEvents {
  started(e: { program: "connector" | "gateway"; version: string }): void;
  listening(e: { server: "ops" | "http" | "certificates" | "status"; host: string; port: number }): void;
  draining(e: { inFlight: number }): void;
  stopped(): void;
  busConnection(e: { connected: boolean; server?: string; why?: string }): void;
  busComplaint(e: { why: string }): void;
  messageRefused(e: {
    kind: "announce" | "replica" | "gateway" | "heartbeat" | "report" | "session";
    why: string;
  }): void;
  /** An error that no outage explains: it is ours. */
  defect(e: { where: string; error: unknown }): void;

  /** It was asked of the connectors, or of nobody; the cache may still answer. */
  loginEnded(e: Attempted & Course & { method: Method; verdict: Verdict; ms: number }): void;
  operationEnded(
    e: Attempted &
      Course & {
        method: OperationMethod;
        end: OperationEnd;
        /** Who asked: the name of an API token; `self` for a person's own change. */
        caller: string;
        ms: number;
      },
  ): void;
  announceRepeated(
    e: Attempted & { why: "no_claim" | "busy" | "not_ready" | "no_responders" | "returned" | "silent" },
  ): void;
  claimReceived(e: { connection: ConnectionName; ms: number }): void;
  grantSilent(
    e: Attempted & { replica: string; answer: "finished" | "running" | "not_started" | "silence" },
  ): void;
  replicaSuspected(e: {
    connection: ConnectionName;
    replica: string;
    why: "missed_claim" | "heartbeat" | "silent" | "slow" | "unreached";
  }): void;
  replicaTrusted(e: { connection: ConnectionName; replica: string }): void;
  replicasReady(e: { connection: ConnectionName; count: number }): void;
  sessionOpened(e: { connection: ConnectionName; replica: string; ms: number }): void;
  sessionAccepted(e: { connection: ConnectionName; gateway: string }): void;
  sessionRefused(e: { connection: ConnectionName; why: string }): void;
  requestRefused(e: { code: string }): void;

  announceAnswered(e: { connection: ConnectionName; answer: "claim" | "busy" | "not_ready" }): void;
  suspicionReceived(e: Attempted): void;
  verificationEnded(
    e: Attempted & {
      method: Method;
      end: VerifierEnd | OperatorEnd;
      ms: number;
      /** Named in the claim. */
      controller: string;
      /** An earlier replica may have sent a bind. */
      suspected?: boolean;
      trace?: AttemptTrace;
      /** Of the gateway's grant, where the request is traced. */
      parent?: TraceContext | undefined;
    },
  ): void;
  readinessChanged(e: { connection: ConnectionName; ready: boolean; why: string }): void;
}

export function createEvents(log: Log, metrics: Metrics): Events {
  return {
    ...programEvents(log, metrics),
    ...keyEvents(log, metrics),
    ...healthEvents(log, metrics),
    ...gatewayEvents(log, metrics),
    ...connectorEvents(log, metrics),
    ...directoryEvents(log, metrics),
    ...statusEvents(log, metrics),
    ...storeEvents(log, metrics),
    ...oidcEvents(log, metrics),
    ...auditEvents(log, metrics),
    ...cacheEvents(log, metrics),
    ...certificateEvents(log, metrics),
    ...ticketEvents(log, metrics),
    ...throttleEvents(log, metrics),
    ...traceEvents(log, metrics),
  };
}

type ProgramEvents = Pick<
  Events,
  | "started"
  | "listening"
  | "draining"
  | "stopped"
  | "busConnection"
  | "busComplaint"
  | "messageRefused"
  | "defect"
>;

function programEvents(log: Log, metrics: Metrics): ProgramEvents {
  return {
    started({ program, version }) {
      metrics.set("drawbridge_build_info", { program, version }, 1);
      metrics.set("drawbridge_bus_connected", {}, 0);
      log.info("started", { version });
    },
    listening: (e) => log.info("listening", e),
    draining: (e) => log.info("draining", e),
    stopped: () => log.info("stopped", {}),
    busConnection({ connected, ...rest }) {
      metrics.set("drawbridge_bus_connected", {}, connected ? 1 : 0);
      if (!connected) metrics.count("drawbridge_bus_disconnects_total", {});
      log[connected ? "info" : "warn"](connected ? "bus_connected" : "bus_disconnected", rest);
    },
    busComplaint(e) {
      metrics.count("drawbridge_bus_complaints_total", {});
      log.error("bus_complaint", e);
    },
    messageRefused(e) {
      metrics.count("drawbridge_messages_refused_total", e);
      log.debug("message_refused", e);
    },
    defect({ where, error }) {
      metrics.count("drawbridge_defects_total", { where });
      log.error("defect", { where, ...describeDefect(error) });
    },
  };
}

type GatewayEvents = Pick<
  Events,
  | "loginEnded"
  | "operationEnded"
  | "announceRepeated"
  | "claimReceived"
  | "grantSilent"
  | "replicaSuspected"
  | "replicaTrusted"
  | "replicasReady"
  | "sessionOpened"
  | "requestRefused"
>;

function gatewayEvents(log: Log, metrics: Metrics): GatewayEvents {
  return {
    loginEnded({ attempt, connection, method, verdict, ms, grants, replica, controller, claimMs }) {
      const { outcome } = verdict;
      const reason = reasonOf(verdict);
      metrics.count("drawbridge_logins_total", { connection, method, outcome, reason });
      metrics.observe("drawbridge_login_duration_seconds", { connection, method, outcome }, ms / 1_000, {
        attempt,
      });
      metrics.count("drawbridge_login_grants_total", { connection }, grants);
      const level = outcome === "unavailable" ? "warn" : "info";
      log[level]("login_ended", {
        attempt,
        connection,
        method,
        outcome,
        reason,
        ms: round(ms),
        grants,
        connector: replica,
        controller,
        claimMs: claimMs === undefined ? undefined : round(claimMs),
      });
    },
    operationEnded({ attempt, connection, method, end, caller, ms }) {
      const { outcome } = end;
      const reason = reasonOf(end);
      metrics.count("drawbridge_operations_total", { connection, method, outcome, reason });
      metrics.observe("drawbridge_operation_duration_seconds", { connection, method, outcome }, ms / 1_000);
      const level = outcome === "unavailable" ? "warn" : "info";
      log[level]("operation_ended", {
        attempt,
        connection,
        method,
        caller,
        outcome,
        reason,
        ms: round(ms),
      });
    },
    announceRepeated({ attempt, connection, why }) {
      metrics.count("drawbridge_announces_repeated_total", { connection, why });
      log.debug("announce_repeated", { attempt, connection, why });
    },
    claimReceived: ({ connection, ms }) =>
      metrics.observe("drawbridge_claim_duration_seconds", { connection }, ms / 1_000),
    grantSilent({ attempt, connection, replica, answer }) {
      metrics.count("drawbridge_silent_grants_total", { connection, answer });
      log.warn("grant_silent", { attempt, connection, connector: replica, answer });
    },
    replicaSuspected({ connection, replica, why }) {
      metrics.count("drawbridge_replicas_suspected_total", { connection, why });
      log.warn("replica_suspected", { connection, connector: replica, why });
    },
    replicaTrusted: ({ connection, replica }) =>
      log.info("replica_trusted", { connection, connector: replica }),
    replicasReady({ connection, count }) {
      metrics.set("drawbridge_replicas_ready", { connection }, count);
      log[count > 0 ? "info" : "warn"]("replicas_ready", { connection, count });
    },
    sessionOpened({ connection, replica, ms }) {
      metrics.count("drawbridge_sessions_opened_total", { connection });
      log.info("session_opened", { connection, connector: replica, ms: round(ms) });
    },
    requestRefused(e) {
      metrics.count("drawbridge_requests_refused_total", e);
      log.debug("request_refused", e);
    },
  };
}

type ConnectorEvents = Omit<
  Events,
  | keyof ProgramEvents
  | keyof GatewayEvents
  | keyof DirectoryEvents
  | keyof StatusEvents
  | keyof StoreEvents
  | keyof AuditEvents
  | keyof CacheEvents
  | keyof CertificateEvents
  | keyof HealthEvents
  | keyof KeyEvents
  | keyof OidcEvents
  | keyof TicketEvents
  | keyof ThrottleEvents
  | keyof TraceEvents
>;

function connectorEvents(log: Log, metrics: Metrics): ConnectorEvents {
  return {
    sessionAccepted({ connection, gateway }) {
      metrics.count("drawbridge_sessions_accepted_total", { connection });
      log.info("session_accepted", { connection, gateway });
    },
    sessionRefused({ connection, why }) {
      metrics.count("drawbridge_sessions_refused_total", { connection, why });
      log.warn("session_refused", { connection, why });
    },
    announceAnswered({ connection, answer }) {
      metrics.count("drawbridge_announces_answered_total", { connection, answer });
    },
    suspicionReceived({ attempt, connection }) {
      metrics.count("drawbridge_suspicions_total", { connection });
      log.info("suspicion_received", { attempt, connection });
    },
    verificationEnded({ attempt, connection, method, end, ms, controller, trace, parent }) {
      const { outcome } = end;
      const reason = reasonOf(end);
      const exemplar = parent === undefined ? { attempt } : { attempt, trace_id: parent.traceId };
      metrics.count("drawbridge_verifications_total", { connection, method, outcome, reason });
      metrics.observe(
        "drawbridge_verification_duration_seconds",
        { connection, method, outcome },
        ms / 1_000,
        exemplar,
      );
      const told = trace?.controller ?? controller;
      for (const [phase, spentMs] of Object.entries(trace?.phasesMs ?? {})) {
        const labels = { connection, controller: told, phase };
        metrics.observe("drawbridge_login_phase_duration_seconds", labels, spentMs / 1_000, exemplar);
      }
      log.info("verification_ended", {
        attempt,
        connection,
        method,
        outcome,
        reason,
        ms: round(ms),
        controller: told,
        ...traceFields(trace),
        trace_id: parent?.traceId,
      });
    },
    readinessChanged({ connection, ready, why }) {
      metrics.set("drawbridge_ready", { connection }, ready ? 1 : 0);
      log[ready ? "info" : "warn"]("readiness_changed", { connection, ready, why });
    },
  };
}
