/**
 * What happens between a connector and the servers of its directories.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface DirectoryEvents {
  controllerChanged(e: {
    connection: ConnectionName;
    controller: string;
    state: "available" | "degraded" | "unavailable";
    why: string;
  }): void;
  /** DNS was asked for the controllers of a domain. */
  controllersDiscovered(e: {
    connection: ConnectionName;
    domain: string;
    result: "ok" | "none" | "foreign" | "timeout" | "unreachable" | "refused" | "garbage";
    count?: number;
  }): void;
  /** A bind was answered, and not about the person. */
  bindRefused(e: {
    connection: ConnectionName;
    controller: string;
    /** LDAP result code. */
    code: number;
    why: "encryption_required" | "channel_binding_required" | "other";
  }): void;
  /** A password of the service account was accepted for the first time, or refused. */
  serviceAccountTried(e: {
    connection: ConnectionName;
    password: "newest" | "previous";
    result: string;
  }): void;
  /** A value was left out of somebody's profile. */
  profileUnfit(e: { connection: ConnectionName; field: string; why: "type" | "size" }): void;
  /** A file that is read while the program runs has changed and is used, or is of no use. */
  secretsRenewed(e: { connection: ConnectionName }): void;
  secretUnusable(e: { connection: ConnectionName; setting: string; why: string }): void;
  directoryOperation(e: {
    connection: ConnectionName;
    controller: string;
    operation: "connect" | "search" | "bind" | "write";
    result: "ok" | "denied" | "error" | "timeout";
    ms: number;
  }): void;
}

const stateValues = { available: 2, degraded: 1, unavailable: 0 } as const;

export function directoryEvents(log: Log, metrics: Metrics): DirectoryEvents {
  // As many as the settings have fields.
  const toldFields = new Set<string>();
  return {
    controllerChanged({ connection, controller, state, why }) {
      if (why === "not_named") void metrics.forgetController(connection, controller);
      else metrics.set("drawbridge_controller_state", { connection, controller }, stateValues[state]);
      log[state === "available" ? "info" : "warn"]("controller_changed", {
        connection,
        controller,
        state,
        why,
      });
    },
    controllersDiscovered({ connection, domain, result, count }) {
      metrics.count("drawbridge_discoveries_total", { connection, domain, result });
      if (count !== undefined)
        metrics.set("drawbridge_controllers_discovered", { connection, domain }, count);
      const level = result === "ok" ? "info" : "warn";
      log[level]("controllers_discovered", { connection, domain, result, count });
    },
    bindRefused({ connection, controller, code, why }) {
      metrics.count("drawbridge_binds_refused_total", { connection, controller, why });
      log.error("bind_refused", { connection, controller, code, why });
    },
    serviceAccountTried({ connection, password, result }) {
      metrics.count("drawbridge_service_account_tries_total", { connection, password, result });
      log[result === "ok" ? "info" : "error"]("service_account_tried", { connection, password, result });
    },
    profileUnfit(e) {
      metrics.count("drawbridge_profile_values_unfit_total", e);
      const field = `${e.connection} ${e.field} ${e.why}`;
      // Every login of many people may have it; the first says what to do as well as the rest.
      log[toldFields.has(field) ? "debug" : "warn"]("profile_unfit", e);
      toldFields.add(field);
    },
    secretsRenewed({ connection }) {
      metrics.count("drawbridge_secrets_renewed_total", { connection, result: "ok" });
      log.info("secrets_renewed", { connection });
    },
    secretUnusable({ connection, setting, why }) {
      metrics.count("drawbridge_secrets_renewed_total", { connection, result: "unusable" });
      log.error("secret_unusable", { connection, setting, why });
    },
    directoryOperation({ connection, controller, operation, result, ms }) {
      const labels = { connection, controller, operation };
      metrics.count("drawbridge_directory_operations_total", { ...labels, result });
      metrics.observe("drawbridge_directory_operation_duration_seconds", labels, ms / 1_000);
    },
  };
}
