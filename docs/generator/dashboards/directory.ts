/**
 * The directory team's dashboard: what Drawbridge sees of their controllers, and what it asks of them.
 *
 * @module
 */

import type { PanelSpec } from "./panel.ts";
import { orNone, orZero, perSecond, quantile } from "./query.ts";

const at = 'connection=~"$connection"';
const on = `${at}, controller=~"$controller"`;
const operations = "drawbridge_directory_operations_total";

export const directory: Readonly<Record<string, readonly PanelSpec[]>> = {
  "Does the directory answer?": [
    {
      kind: "answer",
      title: "Controllers that answer",
      description: "For at least one connector. Logins never wait for one that does not.",
      width: 6,
      unit: "percentunit",
      query: `avg(max by (connection, controller) (drawbridge_controller_state{${on}}) > bool 0)`,
      decimals: 0,
      steps: [
        [null, "red"],
        [0.5, "orange"],
        [1, "green"],
      ],
    },
    {
      kind: "answer",
      title: "Operations without an answer",
      description:
        "Share of searches, binds and connections that failed or timed out. A wrong password is an answer.",
      width: 6,
      unit: "percentunit",
      query: `(sum(rate(${operations}{${on}, result=~"error|timeout"}[$__rate_interval])) or 0 * sum(rate(${operations}{${on}}[$__rate_interval]))) / sum(rate(${operations}{${on}}[$__rate_interval]))`,
      decimals: 2,
      steps: [
        [null, "green"],
        [0.001, "orange"],
        [0.01, "red"],
      ],
    },
    {
      kind: "answer",
      title: "Slowest bind in twenty",
      description: "Of people's passwords, whether right or wrong, over all controllers chosen.",
      width: 6,
      unit: "s",
      query: quantile(0.95, "drawbridge_directory_operation_duration_seconds", `${on}, operation="bind"`),
      decimals: 3,
      steps: [
        [null, "green"],
        [0.5, "orange"],
        [1, "red"],
      ],
    },
    {
      kind: "answer",
      title: "First certificate to expire",
      description: "Of those that controllers showed last. From then on nothing is sent to that controller.",
      width: 6,
      unit: "s",
      query: `min(drawbridge_controller_certificate_expiry_seconds{${on}}) - time()`,
      steps: [
        [null, "red"],
        [3 * 86_400, "orange"],
        [14 * 86_400, "green"],
      ],
    },
    {
      kind: "states",
      title: "Controllers",
      description:
        "The best that any connector says of each. Degraded is slow: it is used when nothing better is there.",
      width: 12,
      unit: "short",
      query: `max by (connection, controller) (drawbridge_controller_state{${on}})`,
      legend: "{{connection}} {{controller}}",
      states: { "0": ["down", "red"], "1": ["degraded", "orange"], "2": ["available", "green"] },
    },
    {
      kind: "lines",
      title: "Connectors that see it",
      description:
        "How many replicas get answers from each controller. Fewer than there are replicas: a network between some of them and it.",
      width: 12,
      unit: "short",
      queries: [
        [
          `sum by (connection, controller) (drawbridge_controller_state{${on}} > bool 0)`,
          "{{connection}} {{controller}}",
        ],
      ],
    },
  ],
  "What do we ask of it?": [
    {
      kind: "stacked",
      title: "Operations by controller",
      description: "Searches, binds, connections and writes a second, as all connectors together send them.",
      width: 8,
      unit: "reqps",
      queries: [[perSecond(operations, on, "controller"), "{{controller}}"]],
    },
    {
      kind: "lines",
      title: "How long operations take",
      description: "95 % of each kind. Connecting includes TLS and happens seldom: connections are kept.",
      width: 8,
      unit: "s",
      queries: [
        [quantile(0.95, "drawbridge_directory_operation_duration_seconds", on, "operation"), "{{operation}}"],
      ],
    },
    {
      kind: "lines",
      title: "How long binds take, by controller",
      description: "95 %. One that stands out among its neighbours is loaded, or far away.",
      width: 8,
      unit: "s",
      queries: [
        [
          quantile(
            0.95,
            "drawbridge_directory_operation_duration_seconds",
            `${on}, operation="bind"`,
            "controller",
          ),
          "{{controller}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Failed operations",
      description: "Without an answer, by controller and kind.",
      width: 8,
      unit: "reqps",
      queries: [
        [
          orNone(
            perSecond(operations, `${on}, result=~"error|timeout"`, "controller, operation"),
            "controller",
          ),
          "{{controller}} {{operation}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Connections that are open",
      description:
        "As all connectors together hold them, for searches and for binds. They are kept, and renewed before the directory cuts them.",
      width: 8,
      unit: "short",
      queries: [
        [`sum by (controller, pool) (drawbridge_pool_connections{${on}})`, "{{controller}} {{pool}}"],
      ],
    },
    {
      kind: "lines",
      title: "Binds under way and waiting",
      description:
        "Waiting means that every connection is in use: the controller is slow, or `bindConnectionsMax` is small.",
      width: 8,
      unit: "short",
      queries: [
        [`sum by (controller) (drawbridge_pool_in_use{${on}, pool="bind"})`, "{{controller}} under way"],
        [`sum by (controller) (drawbridge_pool_waiting{${on}})`, "{{controller}} waiting"],
      ],
    },
  ],
  "What does it say of people?": [
    {
      kind: "stacked",
      title: "Denied, by reason",
      description:
        "Locked, expired and disabled accounts as the directory tells them; what the help desk will hear next.",
      width: 12,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_verifications_total", `${at}, outcome="denied"`, "reason"), "reason"),
          "{{reason}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Handed back, or no answer",
      description:
        "Attempts that a connector could not finish, by fault. Most are finished by another replica.",
      width: 12,
      unit: "reqps",
      queries: [
        [
          orNone(
            perSecond(
              "drawbridge_verifications_total",
              `${at}, outcome=~"returned|unavailable"`,
              "outcome, reason",
            ),
            "reason",
          ),
          "{{outcome}} {{reason}}",
        ],
      ],
    },
  ],
  "Does it fit our settings?": [
    {
      kind: "lines",
      title: "Binds that were refused",
      description:
        "Answered with a result that is not about the person, such as a demand for channel binding.",
      width: 6,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_binds_refused_total", on, "controller, why"), "why"),
          "{{controller}} {{why}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Service account",
      description:
        "Its passwords as they were accepted for the first time, or refused. Refused, nobody is found.",
      width: 6,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_service_account_tries_total", at, "password, result"), "result"),
          "{{password}} {{result}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Discovery by DNS",
      description: "How many controllers DNS named last; `none` where they are listed in the settings.",
      width: 6,
      unit: "short",
      queries: [
        [
          orNone(`max by (connection, domain) (drawbridge_controllers_discovered{${at}})`, "domain"),
          "{{connection}} {{domain}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Binds whose answer never came",
      description:
        "What the account's own failure time said afterwards. `moved`: it was a wrong password, and was not sent again.",
      width: 6,
      unit: "reqps",
      queries: [[orNone(perSecond("drawbridge_suspect_checks_total", at, "result"), "result"), "{{result}}"]],
    },
    {
      kind: "lines",
      title: "Kerberos tickets denied or unread",
      description:
        "By reason. `ticket_clock_skew` is a clock; `keytab_outdated` a key that the directory has changed.",
      width: 6,
      unit: "reqps",
      queries: [
        [
          orNone(
            perSecond(
              "drawbridge_verifications_total",
              `${at}, method="kerberos", outcome!="accepted"`,
              "reason",
            ),
            "reason",
          ),
          "{{reason}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "Clock",
      description:
        "How far the connectors' clocks are from the controllers', where tickets are taken. Tickets are refused beyond 300 s.",
      width: 6,
      unit: "s",
      queries: [
        [orZero(`max by (connection) (abs(drawbridge_clock_offset_seconds{${at}}))`), "{{connection}}"],
      ],
    },
    {
      kind: "lines",
      title: "Who is revoked",
      description: "Times that a responder or a list was asked for client certificates, by result.",
      width: 6,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_revocation_asked_total", at, "source, result"), "result"),
          "{{source}} {{result}}",
        ],
      ],
    },
    {
      kind: "lines",
      title: "New passwords and lookups",
      description: "What applications ask beside logins, by method and outcome.",
      width: 6,
      unit: "reqps",
      queries: [
        [
          orNone(perSecond("drawbridge_operations_total", at, "method, outcome"), "method"),
          "{{method}} {{outcome}}",
        ],
      ],
    },
  ],
};
