/**
 * Every metric of both programs, in one table.
 *
 * Label values come from closed unions, from the configuration (connection, controller) or do not exist: no id, name or address
 * of a person or process is a label. Durations are in seconds, as Prometheus wants them.
 *
 * @module
 */

import { Counter, Gauge, Histogram, collectDefaultMetrics } from "prom-client";
import type { Registry } from "prom-client";
import { healthMetrics } from "./health-metrics.ts";
import type { MetricDefinition } from "./metric-definition.ts";
import { OpenMetricsRegistry } from "./open-metrics.ts";
import { traceMetrics } from "./trace-metrics.ts";

/** From half a millisecond (a claim on one site) to the longest deadline. */
const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const metricDefinitions = {
  drawbridge_build_info: {
    kind: "gauge",
    help: "1, with the version of this program.",
    labels: ["program", "version"],
  },
  drawbridge_configuration_info: {
    kind: "gauge",
    help: "1, with a digest of the settings that this program runs with, files and accounts left out.",
    labels: ["section", "digest"],
  },
  drawbridge_bus_connected: { kind: "gauge", help: "1 while the connection to NATS stands.", labels: [] },
  drawbridge_bus_disconnects_total: {
    kind: "counter",
    help: "Connections to NATS that were lost.",
    labels: [],
  },
  drawbridge_bus_complaints_total: {
    kind: "counter",
    help: "Errors that NATS reported without closing the connection, such as a refused permission.",
    labels: [],
  },
  drawbridge_messages_refused_total: {
    kind: "counter",
    help: "Messages from the bus that were not believed.",
    labels: ["kind", "why"],
  },
  drawbridge_defects_total: {
    kind: "counter",
    help: "Errors that should not happen; the log has them.",
    labels: ["where"],
  },
  drawbridge_logins_total: {
    kind: "counter",
    help: "Logins that ended at this gateway, by outcome and by denial reason or fault.",
    labels: ["connection", "method", "outcome", "reason"],
  },
  drawbridge_login_duration_seconds: {
    kind: "histogram",
    help: "From the request to the verdict, at the gateway.",
    labels: ["connection", "method", "outcome"],
  },
  drawbridge_operations_total: {
    kind: "counter",
    help: "Searches, listings and new passwords that ended at this gateway, by outcome and by refusal or fault.",
    labels: ["connection", "method", "outcome", "reason"],
  },
  drawbridge_operation_duration_seconds: {
    kind: "histogram",
    help: "From the request to its end, at the gateway, of what is no login.",
    labels: ["connection", "method", "outcome"],
  },
  drawbridge_login_grants_total: {
    kind: "counter",
    help: "Grants that logins needed; more than one a login means that replicas were lost or handed logins back.",
    labels: ["connection"],
  },
  drawbridge_announces_repeated_total: {
    kind: "counter",
    help: "Announces that had to be made again, by why.",
    labels: ["connection", "why"],
  },
  drawbridge_claim_duration_seconds: {
    kind: "histogram",
    help: "From an announce to its claim: the bus and the replica, without the directory.",
    labels: ["connection"],
  },
  drawbridge_silent_grants_total: {
    kind: "counter",
    help: "Granted replicas that fell silent and were asked, by what they answered.",
    labels: ["connection", "answer"],
  },
  drawbridge_replicas_suspected_total: {
    kind: "counter",
    help: "Times that a replica was suspected and walked around.",
    labels: ["connection", "why"],
  },
  drawbridge_replicas_ready: {
    kind: "gauge",
    help: "Connector replicas that this gateway hears and that take logins.",
    labels: ["connection"],
  },
  drawbridge_replica_configurations: {
    kind: "gauge",
    help: "Different configurations among the replicas that report to this gateway; more than one is drift.",
    labels: ["connection"],
  },
  drawbridge_replica_versions: {
    kind: "gauge",
    help: "Different versions among the replicas that report to this gateway.",
    labels: ["connection"],
  },
  drawbridge_operators_refused_total: {
    kind: "counter",
    help: "Requests to the status port without the operators' token, or with another one.",
    labels: ["why"],
  },
  drawbridge_sessions_opened_total: {
    kind: "counter",
    help: "Sessions set up with replicas.",
    labels: ["connection"],
  },
  drawbridge_sessions_accepted_total: {
    kind: "counter",
    help: "Sessions set up by gateways.",
    labels: ["connection"],
  },
  drawbridge_sessions_refused_total: {
    kind: "counter",
    help: "Session set-ups that failed, by why.",
    labels: ["connection", "why"],
  },
  drawbridge_requests_refused_total: {
    kind: "counter",
    help: "HTTP requests answered with 4xx, by error code.",
    labels: ["code"],
  },
  drawbridge_announces_answered_total: {
    kind: "counter",
    help: "Announces that this replica answered, by answer.",
    labels: ["connection", "answer"],
  },
  drawbridge_verifications_total: {
    kind: "counter",
    help: "Attempts that this replica worked on, by end and by denial reason or fault.",
    labels: ["connection", "method", "outcome", "reason"],
  },
  drawbridge_verification_duration_seconds: {
    kind: "histogram",
    help: "From the grant to the end, at the replica.",
    labels: ["connection", "method", "outcome"],
  },
  drawbridge_suspicions_total: {
    kind: "counter",
    help: "Grants that came with the suspicion of an earlier bind.",
    labels: ["connection"],
  },
  drawbridge_ready: {
    kind: "gauge",
    help: "1 while this replica takes logins for the connection.",
    labels: ["connection"],
  },
  drawbridge_controller_state: {
    kind: "gauge",
    help: "2 available, 1 degraded, 0 unavailable.",
    labels: ["connection", "controller"],
  },
  drawbridge_discoveries_total: {
    kind: "counter",
    help: "Times that DNS was asked for controllers, by result.",
    labels: ["connection", "domain", "result"],
  },
  drawbridge_controllers_discovered: {
    kind: "gauge",
    help: "Controllers that DNS named when it last named any.",
    labels: ["connection", "domain"],
  },
  drawbridge_directory_operations_total: {
    kind: "counter",
    help: "Operations sent to controllers, by result.",
    labels: ["connection", "controller", "operation", "result"],
  },
  drawbridge_directory_operation_duration_seconds: {
    kind: "histogram",
    help: "How long controllers took.",
    labels: ["connection", "controller", "operation"],
  },
  drawbridge_binds_refused_total: {
    kind: "counter",
    help: "Binds that a controller answered with a result that is not about the person: its settings and ours do not fit.",
    labels: ["connection", "controller", "why"],
  },
  drawbridge_service_account_tries_total: {
    kind: "counter",
    help: "Passwords of the service account that were accepted for the first time, or refused.",
    labels: ["connection", "password", "result"],
  },
  drawbridge_profile_values_unfit_total: {
    kind: "counter",
    help: "Values left out of profiles, because they are not of the type in the settings or too large.",
    labels: ["connection", "field", "why"],
  },
  drawbridge_secrets_renewed_total: {
    kind: "counter",
    help: "Changes of password, CA and certificate files that were taken over without a restart, or were of no use.",
    labels: ["connection", "result"],
  },
  drawbridge_throttled_total: {
    kind: "counter",
    help: "Passwords that were not tried: too many wrong ones for the account, from the address or from its network.",
    labels: ["connection", "why"],
  },
  drawbridge_passwords_repeated_total: {
    kind: "counter",
    help: "Passwords that were wrong a moment ago and so were not tried again.",
    labels: ["connection"],
  },
  drawbridge_store_available: {
    kind: "gauge",
    help: "1 while the bucket answers, 0 while it does not; logins do without it.",
    labels: ["bucket"],
  },
  drawbridge_store_operations_total: {
    kind: "counter",
    help: "Operations on the store, by result: `ok`, `none`, `conflict`, `differs`, or why it was unavailable.",
    labels: ["bucket", "operation", "result"],
  },
  drawbridge_store_operation_duration_seconds: {
    kind: "histogram",
    help: "How long the store took.",
    labels: ["bucket", "operation"],
  },
  drawbridge_store_foreign_entries_total: {
    kind: "counter",
    help: "Entries of the store that did not open: written by somebody without the state secret, or with one that is not in the ring.",
    labels: ["bucket"],
  },
  drawbridge_certificates_presented_total: {
    kind: "counter",
    help: "Client certificates that came to this gateway, by who ended the TLS handshake.",
    labels: ["connection", "proof"],
  },
  drawbridge_certificate_headers_ignored_total: {
    kind: "counter",
    help: "Requests with a Client-Cert header that did not come from a trusted proxy; the header was not looked at.",
    labels: [],
  },
  drawbridge_revocation_asked_total: {
    kind: "counter",
    help: "Times that a responder, a list's server or a changed file was asked who is revoked, by result.",
    labels: ["connection", "source", "result"],
  },
  drawbridge_keys_renewed_total: {
    kind: "counter",
    help: "Changes of key files that were taken over without a restart, or were of no use.",
    labels: ["keys", "result"],
  },
  drawbridge_acceptor_deaths_total: {
    kind: "counter",
    help: "Processes that open Kerberos tickets and ended by themselves; passwords are not concerned.",
    labels: ["connection"],
  },
  drawbridge_clock_offset_seconds: {
    kind: "gauge",
    help: "How far this machine's clock is ahead of a controller's; tickets are refused beyond 300 either way.",
    labels: ["connection"],
  },
  drawbridge_tickets_accepted_alone_total: {
    kind: "counter",
    help: "Tickets accepted without the store's word that no other replica took them before.",
    labels: ["connection"],
  },
  drawbridge_cached_logins_total: {
    kind: "counter",
    help: "Logins for which no directory could be asked, by what the cache said; `right` let somebody in.",
    labels: ["connection", "result"],
  },
  drawbridge_cached_login_duration_seconds: {
    kind: "histogram",
    help: "Of the cache's part in such a login.",
    labels: ["connection"],
  },
  drawbridge_cache_writes_total: {
    kind: "counter",
    help: "Logins after which the cache was to be written; `left_out` are people of excluded groups.",
    labels: ["connection", "result"],
  },
  drawbridge_cache_purges_total: {
    kind: "counter",
    help: "People who are not kept any more, by what the directory said of them.",
    labels: ["connection", "reason"],
  },
  drawbridge_oidc_tokens_total: {
    kind: "counter",
    help: "Times that an application got tokens.",
    labels: ["client", "grant"],
  },
  drawbridge_oidc_refused_total: {
    kind: "counter",
    help: "Requests of applications that were refused, or could not be answered, by OAuth's own codes.",
    labels: ["client", "step", "error"],
  },
  drawbridge_audit_records_total: {
    kind: "counter",
    help: "Audit records, by where they go and whether they are kept there or lost.",
    labels: ["sink", "result"],
  },
  drawbridge_audit_sink_available: {
    kind: "gauge",
    help: "1 while audit records can be kept there.",
    labels: ["sink"],
  },
  drawbridge_logins_in_flight: { kind: "gauge", help: "Logins under way in this program now.", labels: [] },
  ...healthMetrics,
  ...traceMetrics,
} as const satisfies Readonly<Record<string, MetricDefinition>>;

type Definitions = typeof metricDefinitions;
export type MetricName = keyof Definitions;
type LabelsOf<N extends MetricName> = Readonly<Record<Definitions[N]["labels"][number], string>>;
type NamesOf<K extends MetricDefinition["kind"]> = {
  [N in MetricName]: Definitions[N]["kind"] extends K ? N : never;
}[MetricName];

/** Of one login, kept beside the bucket that its time fell in; never a label. */
export interface Exemplar {
  readonly attempt: string;
  readonly trace_id?: string;
}

/** The text that Prometheus scrapes, in one of its formats. */
export interface Exposition {
  render(): Promise<string>;
  readonly contentType: string;
}

export interface Metrics extends Exposition {
  count<N extends NamesOf<"counter">>(name: N, labels: LabelsOf<N>, by?: number): void;
  set<N extends NamesOf<"gauge">>(name: N, labels: LabelsOf<N>, value: number): void;
  observe<N extends NamesOf<"histogram">>(
    name: N,
    labels: LabelsOf<N>,
    seconds: number,
    exemplar?: Exemplar,
  ): void;
  /** Removes every series of a controller that is not used any more. */
  forgetController(connection: string, controller: string): Promise<void>;
  /** With exemplars, for whoever asks for it. */
  readonly openMetrics: Exposition;
}

/**
 * @param inFlight  Asked at each scrape.
 * @param measure  Called before each, to set what is only looked at then.
 */
export function createMetrics(inFlight: () => number, measure: () => void = () => {}): Metrics {
  const registry = new OpenMetricsRegistry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, { kind, help, labels }] of Object.entries(metricDefinitions)) {
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    const buckets = secondsBuckets;
    if (kind === "counter") counters.set(name, new Counter(options));
    else if (kind === "gauge") gauges.set(name, new Gauge(options));
    else histograms.set(name, new Histogram({ ...options, buckets, enableExemplars: true }));
  }
  const exposed = (format: Registry | OpenMetricsRegistry): Exposition => ({
    render() {
      measure();
      gauges.get("drawbridge_logins_in_flight")?.set(inFlight());
      return format.metrics();
    },
    contentType: format.contentType,
  });
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value, exemplar) =>
      histograms.get(name)?.observe({ labels, value, exemplarLabels: { ...exemplar } }),
    async forgetController(connection, controller) {
      const all = [...counters.values(), ...gauges.values(), ...histograms.values()];
      await Promise.all(all.map((metric) => forget(metric, { connection, controller })));
    },
    ...exposed(registry.asPlain()),
    openMetrics: exposed(registry),
  };
}

async function forget(
  metric: Counter | Gauge | Histogram,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  const { values } = await metric.get();
  for (const { labels } of values) {
    const { le: _bucket, ...own } = labels as Readonly<Record<string, string>>;
    if (Object.entries(wanted).every(([label, value]) => own[label] === value)) metric.remove(own);
  }
}
