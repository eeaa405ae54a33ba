/**
 * What operators are shown, and what they do on their page.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { Origin } from "../login/source.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface StatusEvents {
  /** The settings that this program runs with. @param section  `gateway`, or `connector.connections.corp`. */
  configured(e: { section: string; digest: string }): void;
  /** Where from, the audit is told alone. */
  operatorSignedIn(e: { from: Origin }): void;
  operatorRefused(e: { why: "unauthorized" | "throttled"; from: Origin }): void;
  /** An operator tries a login; how it ends is told as of every other. */
  loginTried(e: { attempt: AttemptId; connection: ConnectionName }): void;
  /** Among the replicas that report, there are so many configurations and versions now. */
  replicasCompared(e: { connection: ConnectionName; configurations: number; versions: number }): void;
}

export function statusEvents(log: Log, metrics: Metrics): StatusEvents {
  // As many as there are connections.
  const differing = new Set<ConnectionName>();
  return {
    configured({ section, digest }) {
      metrics.set("drawbridge_configuration_info", { section, digest }, 1);
      log.info("configured", { section, digest });
    },
    operatorSignedIn: () => log.info("operator_signed_in", {}),
    operatorRefused({ why }) {
      metrics.count("drawbridge_operators_refused_total", { why });
      log.debug("operator_refused", { why });
    },
    loginTried: ({ attempt, connection }) => log.info("login_tried", { attempt, connection }),
    replicasCompared({ connection, configurations, versions }) {
      metrics.set("drawbridge_replica_configurations", { connection }, configurations);
      metrics.set("drawbridge_replica_versions", { connection }, versions);
      if (configurations > 1) {
        differing.add(connection);
        log.warn("replicas_differ", { connection, configurations, versions });
      } else if (differing.delete(connection))
        log.info("replicas_agree", { connection, configurations, versions });
    },
  };
}
