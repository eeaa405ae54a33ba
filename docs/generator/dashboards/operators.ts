/**
 * The operators' dashboard: are people getting in, and if not, why, and where.
 *
 * @module
 */

import type { PanelSpec } from "./panel.ts";
import { orNone, orZero, perSecond, quantile } from "./query.ts";

const at = 'connection=~"$connection"';
const failed = `sum(rate(drawbridge_logins_total{${at}, outcome="unavailable", reason!="throttled"}[$__rate_interval]))`;
const all = `sum(rate(drawbridge_logins_total{${at}, reason!="throttled"}[$__rate_interval]))`;
const accepted = `${at}, outcome="accepted"`;
/** CPU and memory are told by process; this says which of them are ours. */
const ours = "* on (job, instance) group_left (program) drawbridge_build_info";

export const operators: Readonly<Record<string, readonly PanelSpec[]>> = {
  "Are people getting in?": [
    {
      kind: "answer",
      title: "Logins with an answer",
      description:
        "Share of logins that were accepted or denied, not those that found nobody to say. Below 99.9 % the month's allowance is being used up; what is throttled is left out.",
      width: 4,
      unit: "percentunit",
      query: `1 - (${failed} or 0 * ${all}) / ${all}`,
      decimals: 2,
      steps: [
        [null, "red"],
        [0.99, "orange"],
        [0.999, "green"],
      ],
    },
    {
      kind: "answer",
      title: "Logins a second",
      description: "Of all outcomes. Compare with the same hour of another day: none at all is bad news too.",
      width: 4,
      unit: "short",
      query: `sum(rate(drawbridge_logins_total{${at}}[$__rate_interval]))`,
      steps: [[null, "text"]],
    },
    {
      kind: "answer",
      title: "Slowest in twenty",
      description:
        "Accepted logins: one in twenty takes this long or longer. People notice a second; the phases below say where it is spent.",
      width: 4,
      unit: "s",
      query: quantile(0.95, "drawbridge_login_duration_seconds", accepted),
      decimals: 2,
      steps: [
        [null, "green"],
        [1, "orange"],
        [2, "red"],
      ],
    },
    {
      kind: "answer",
      title: "Connectors ready",
      description:
        "Replicas that gateways hear, at the connection that has the fewest. One is no spare; none lets nobody in.",
      width: 4,
      unit: "short",
      query: `min(max by (connection) (drawbridge_replicas_ready{${at}}))`,
      decimals: 0,
      steps: [
        [null, "red"],
        [1, "orange"],
        [2, "green"],
      ],
    },
    {
      kind: "answer",
      title: "Controllers that answer",
      description: "Of all that connectors know. Empty where this Prometheus scrapes no connectors.",
      width: 4,
      unit: "percentunit",
      query: `avg(max by (connection, controller) (drawbridge_controller_state{${at}}) > bool 0)`,
      decimals: 0,
      steps: [
        [null, "red"],
        [0.5, "orange"],
        [1, "green"],
      ],
    },
    {
      kind: "answer",
      title: "Let in from the cache",
      description:
        "Logins a second that no directory could be asked about. More than none means that something is down.",
      width: 4,
      unit: "short",
      query: orZero(`sum(rate(drawbridge_cached_logins_total{${at}, result="right"}[$__rate_interval]))`),
      steps: [
        [null, "green"],
        [0.001, "orange"],
      ],
    },
    {
      kind: "stacked",
      title: "Logins by outcome",
      description:
        "Accepted, denied by the directory, or unavailable: nobody could say. Only the last is ours to mend.",
      width: 12,
      unit: "reqps",
      queries: [[perSecond("drawbridge_logins_total", at, "outcome"), "{{outcome}}"]],
    },
    {
      kind: "lines",
      title: "How long accepted logins take",
      description:
        "From the request to the verdict, at the gateway. The dots are single logins: each has its attempt id for `drawbridge explain`.",
      width: 12,
      unit: "s",
      queries: [
        [quantile(0.5, "drawbridge_login_duration_seconds", accepted), "half of them"],
        [quantile(0.95, "drawbridge_login_duration_seconds", accepted), "95 %"],
        [quantile(0.99, "drawbridge_login_duration_seconds", accepted), "99 %"],
      ],
    },
  ],
  "If not, why?": [
    {
      kind: "stacked",
      title: "No answer, by fault",
      description: "Which part could not answer. Every fault is explained in the reference of errors.",
      width: 12,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_logins_total", `${at}, outcome="unavailable"`, "reason"), "reason"),
          "{{reason}}",
        ],
      ],
    },
    {
      kind: "stacked",
      title: "Denied, by reason",
      description:
        "What the directory said of the person. Many of one kind at once are a directory's change, or somebody who guesses.",
      width: 12,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_logins_total", `${at}, outcome="denied"`, "reason"), "reason"),
          "{{reason}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Held back before the directory",
      description:
        "Passwords that were not tried: too many wrong ones for the account, from the address or from its network.",
      width: 8,
      unit: "reqps",
      queries: [[orNone(perSecond("drawbridge_throttled_total", at, "why"), "why"), "{{why}}"]],
    },
    {
      kind: "lines",
      title: "What the cache said",
      description:
        "Asked only while no directory can be. `right` lets somebody in; `unknown` is somebody who never logged in before.",
      width: 8,
      unit: "reqps",
      queries: [[orNone(perSecond("drawbridge_cached_logins_total", at, "result"), "result"), "{{result}}"]],
    },
    {
      kind: "lines",
      title: "Requests that were no login",
      description: "Answered with 4xx, by code: an application that sends the wrong thing.",
      width: 8,
      unit: "reqps",
      queries: [[orNone(perSecond("drawbridge_requests_refused_total", "", "code"), "code"), "{{code}}"]],
    },
  ],
  "Where?": [
    {
      kind: "lines",
      title: "Where the time goes",
      description:
        "95 % of: finding a replica, the work at the connector, and its phases. Slow claims are the bus or busy replicas; slow phases are the directory.",
      width: 12,
      unit: "s",
      queries: [
        [quantile(0.95, "drawbridge_claim_duration_seconds", at), "to find a replica"],
        [quantile(0.95, "drawbridge_verification_duration_seconds", at), "at the connector"],
        [quantile(0.95, "drawbridge_login_phase_duration_seconds", at, "phase"), "{{phase}}"],
      ],
    },
    {
      kind: "lines",
      title: "Connectors ready, by connection",
      description:
        "As gateways hear them. A step down and up again is a rollout; a step that stays is a replica that is lost.",
      width: 12,
      unit: "short",
      queries: [[`max by (connection) (drawbridge_replicas_ready{${at}})`, "{{connection}}"]],
    },
    {
      kind: "lines",
      title: "Asked again",
      description:
        "Announces that had to be repeated, by why. A few during a rollout are normal; nobody is lost by them.",
      width: 8,
      unit: "reqps",
      queries: [[orNone(perSecond("drawbridge_announces_repeated_total", at, "why"), "why"), "{{why}}"]],
    },
    {
      kind: "lines",
      title: "Replicas that are walked around",
      description:
        "How often one was suspected, by why: no heartbeat, no claim, silence after a grant, or slowness.",
      width: 8,
      unit: "reqps",
      queries: [[orNone(perSecond("drawbridge_replicas_suspected_total", at, "why"), "why"), "{{why}}"]],
    },
    {
      kind: "lines",
      title: "NATS",
      description:
        "95 % of the round trips to the program's own NATS server. Above 200 ms a server is left for the next one soon.",
      width: 8,
      unit: "s",
      queries: [
        [
          `histogram_quantile(0.95, sum by (instance, le) (rate(drawbridge_bus_round_trip_seconds_bucket[$__rate_interval])))`,
          "{{instance}}",
        ],
      ],
    },
  ],
  "The programs": [
    {
      kind: "table",
      title: "What runs",
      description:
        "Each process with its version, and how long it has run. A program with two versions is in the middle of a rollout.",
      width: 8,
      unit: "s",
      query: `time() - process_start_time_seconds * on (job, instance) group_left (program, version) drawbridge_build_info`,
      columns: { program: "Program", version: "Version", instance: "Process" },
      value: "Has run for",
      steps: [
        [null, "orange"],
        [600, "text"],
      ],
    },
    {
      kind: "table",
      title: "What expires",
      description:
        "Certificates of the settings and those that controllers show. Renewed files are taken over without a restart.",
      width: 8,
      unit: "s",
      query: `sort(min by (certificate, connection) (drawbridge_certificate_expiry_seconds) - time() or min by (controller, connection) (drawbridge_controller_certificate_expiry_seconds) - time())`,
      columns: { certificate: "Ours", controller: "Controller's", connection: "Connection" },
      value: "Expires in",
      steps: [
        [null, "red"],
        [3 * 86_400, "orange"],
        [14 * 86_400, "green"],
      ],
    },
    {
      kind: "lines",
      title: "Standstill of the event loop",
      description: "One turn in a hundred takes this long. Above 0.2 s the process has too little CPU.",
      width: 8,
      unit: "s",
      queries: [[`nodejs_eventloop_lag_p99_seconds ${ours}`, "{{program}} {{instance}}"]],
    },
    {
      kind: "lines",
      title: "CPU",
      description: "Cores in use. Each process uses one for its own work, and a little beside it.",
      width: 8,
      unit: "short",
      queries: [[`rate(process_cpu_seconds_total[$__rate_interval]) ${ours}`, "{{program}} {{instance}}"]],
    },
    {
      kind: "lines",
      title: "Memory",
      description: "Resident. It grows with the logins at once and then stays.",
      width: 8,
      unit: "bytes",
      queries: [[`process_resident_memory_bytes ${ours}`, "{{program}} {{instance}}"]],
    },
    {
      kind: "lines",
      title: "Shared memory in JetStream",
      description:
        "Operations a second that did not get their answer, by bucket. Logins do without; cache and shared counting do not.",
      width: 8,
      unit: "reqps",
      queries: [
        [
          orNone(
            perSecond("drawbridge_store_operations_total", 'result!~"ok|none|conflict|differs"', "bucket"),
            "bucket",
          ),
          "{{bucket}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Audit records",
      description:
        "Kept or lost, by where they go; `none` where no audit is configured. Lost ones call somebody: the alert has a runbook.",
      width: 8,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_audit_records_total", "", "sink, result"), "result"),
          "{{sink}} {{result}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "What was not believed",
      description:
        "Messages and session set-ups that were refused. Now and then after a restart; steadily it is a stranger, or keys that do not fit.",
      width: 16,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_messages_refused_total", "", "kind, why"), "why"),
          "message: {{kind}} {{why}}",
        ],
        [orNone(perSecond("drawbridge_sessions_refused_total", at, "why"), "why"), "session: {{why}}"],
      ],
    },
  ],
};
