/**
 * Metrics of how the parts are, beside the logins themselves.
 *
 * @module
 */

import type { MetricDefinition } from "./metric-definition.ts";

export const healthMetrics = {
  drawbridge_login_phase_duration_seconds: {
    kind: "histogram",
    help: "How long logins spent in each phase at a connector, by the controller of their last bind.",
    labels: ["connection", "controller", "phase"],
  },
  drawbridge_suspect_checks_total: {
    kind: "counter",
    help: "Times that a directory was asked whether a bind without an answer counted: `moved` it did, `unmoved` it did not, `unknown` nobody could say.",
    labels: ["connection", "result"],
  },
  drawbridge_pool_connections: {
    kind: "gauge",
    help: "Connections to a controller, by what they are for: `search` or `bind`.",
    labels: ["connection", "controller", "pool"],
  },
  drawbridge_pool_connections_max: {
    kind: "gauge",
    help: "As many as there may be.",
    labels: ["connection", "controller", "pool"],
  },
  drawbridge_pool_in_use: {
    kind: "gauge",
    help: "Binds or searches under way; a `bind` connection carries one at a time, a `search` connection many.",
    labels: ["connection", "controller", "pool"],
  },
  drawbridge_pool_waiting: {
    kind: "gauge",
    help: "Logins that wait for a connection to bind on.",
    labels: ["connection", "controller"],
  },
  drawbridge_pool_oldest_seconds: {
    kind: "gauge",
    help: "Age of the oldest connection that is idle or shared; 0 where there is none.",
    labels: ["connection", "controller", "pool"],
  },
  drawbridge_bus_round_trip_seconds: {
    kind: "histogram",
    help: "From a ping to its answer by the NATS server of this program, several times a second.",
    labels: [],
  },
  drawbridge_certificate_expiry_seconds: {
    kind: "gauge",
    help: "When a certificate of the settings expires, in seconds since 1970; of authorities, the last one to expire. `connection` is empty where it serves all.",
    labels: ["certificate", "connection"],
  },
  drawbridge_controller_certificate_expiry_seconds: {
    kind: "gauge",
    help: "When the certificate that a controller last showed expires, in seconds since 1970.",
    labels: ["connection", "controller"],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
