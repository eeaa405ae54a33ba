/**
 * How the parts are, beside the logins themselves.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** The connections to one controller, at one moment. */
export interface PoolMeasures {
  readonly controller: string;
  readonly searchConnections: number;
  readonly searchConnectionsMax: number;
  readonly searchesInFlight: number;
  readonly searchOldestMs: number;
  readonly bindConnections: number;
  readonly bindConnectionsMax: number;
  readonly bindConnectionsInUse: number;
  readonly bindOldestMs: number;
  readonly bindsWaiting: number;
}

/** Of which a program uses one, or one a connection. */
export type CertificateUse =
  | "https"
  | "client_certificates_listener"
  | "status"
  | "client_authorities"
  | "nats_authority"
  | "directory_authority"
  | "directory_client";

export interface HealthEvents {
  /** Before each scrape. */
  poolsMeasured(e: { connection: ConnectionName; pools: readonly PoolMeasures[] }): void;
  /** The NATS server answered a ping. */
  busAnswered(e: { ms: number }): void;
  /** The directory was asked whether an earlier bind counted. */
  suspicionChecked(e: { connection: ConnectionName; result: "moved" | "unmoved" | "unknown" }): void;
  /** A certificate of the settings is in use from now on. `connection` is absent where it serves all. */
  certificateTaken(e: {
    certificate: CertificateUse;
    connection?: ConnectionName;
    expiresAtMs: number;
  }): void;
  /** A controller showed its certificate on a new connection. */
  controllerShown(e: { connection: ConnectionName; controller: string; expiresAtMs: number }): void;
}

export function healthEvents(log: Log, metrics: Metrics): HealthEvents {
  return {
    poolsMeasured({ connection, pools }) {
      for (const { controller, ...of } of pools) {
        const search = { connection, controller, pool: "search" };
        metrics.set("drawbridge_pool_connections", search, of.searchConnections);
        metrics.set("drawbridge_pool_connections_max", search, of.searchConnectionsMax);
        metrics.set("drawbridge_pool_in_use", search, of.searchesInFlight);
        metrics.set("drawbridge_pool_oldest_seconds", search, of.searchOldestMs / 1_000);
        const bind = { connection, controller, pool: "bind" };
        metrics.set("drawbridge_pool_connections", bind, of.bindConnections);
        metrics.set("drawbridge_pool_connections_max", bind, of.bindConnectionsMax);
        metrics.set("drawbridge_pool_in_use", bind, of.bindConnectionsInUse);
        metrics.set("drawbridge_pool_oldest_seconds", bind, of.bindOldestMs / 1_000);
        metrics.set("drawbridge_pool_waiting", { connection, controller }, of.bindsWaiting);
      }
    },
    busAnswered: ({ ms }) => metrics.observe("drawbridge_bus_round_trip_seconds", {}, ms / 1_000),
    suspicionChecked({ connection, result }) {
      metrics.count("drawbridge_suspect_checks_total", { connection, result });
      log.debug("suspicion_checked", { connection, result });
    },
    certificateTaken({ certificate, connection, expiresAtMs }) {
      const labels = { certificate, connection: connection ?? "" };
      metrics.set("drawbridge_certificate_expiry_seconds", labels, expiresAtMs / 1_000);
      log.info("certificate_taken", {
        certificate,
        connection,
        expiresAt: new Date(expiresAtMs).toISOString(),
      });
    },
    controllerShown({ connection, controller, expiresAtMs }) {
      const labels = { connection, controller };
      metrics.set("drawbridge_controller_certificate_expiry_seconds", labels, expiresAtMs / 1_000);
    },
  };
}
