/**
 * What the warnings and errors of a gateway's log mean to somebody who reads them on the status page.
 *
 * @module
 */

import type { Hint } from "../gateway/status/gateway-status.ts";
import type { Verdict } from "../login/verdict.ts";
import { isDenialReason, isFault } from "../login/verdict.ts";
import type { Trouble } from "../telemetry/recent-records.ts";
import { denials, outages } from "./explanations.ts";

export function explainTrouble({ event, cause }: Pick<Trouble, "event" | "cause">): Hint | undefined {
  if (event === "login_ended" || event === "operation_ended") {
    if (isFault(cause)) return outages[cause];
    return isDenialReason(cause) ? denials[cause] : undefined;
  }
  return hints[event];
}

export function explainVerdict(verdict: Verdict): Hint | undefined {
  switch (verdict.outcome) {
    case "accepted":
      return undefined;
    case "denied":
      return denials[verdict.reason];
    case "unavailable":
      return outages[verdict.fault];
  }
}

const keys = "See `drawbridge keys list` on both sides.";

/** By the record's name; one that is missing here is in the log like all others. */
const hints: Readonly<Partial<Record<string, Hint>>> = {
  audit_lost: {
    meaning: "Records of the audit could not be kept, and are gone. Logins do not wait for it.",
    action: "See which sink it is, and its disk or stream.",
  },
  audit_sink_unavailable: {
    meaning: "A sink of the audit does not take records.",
    action: "See its disk or stream before what waits is too much.",
  },
  bus_complaint: {
    meaning: "NATS refused something that the gateway has to do, or a server that led nowhere was left.",
    action:
      "If it was refused, compare its user with `gateway-permissions.conf`; `drawbridge doctor` tries every permission.",
  },
  bus_disconnected: {
    meaning: "The gateway lost its NATS server and goes over to another by itself.",
    action: "If it comes again and again, look at that server and the network to it.",
  },
  cached_login_ended: {
    meaning: "No directory could be asked, so the cache was.",
    action: "See why the connection is down.",
  },
  certificate_header_ignored: {
    meaning: "Somebody sent a `Client-Cert` header and is no trusted proxy.",
    action: "Set `clientCertificates.trustedProxies` if it is yours.",
  },
  clock_wrong: { meaning: "This machine's clock is off.", action: "Set it by NTP." },
  defect: { meaning: "An error of Drawbridge.", action: "Report it, with the record from the log." },
  grant_silent: {
    meaning: "A replica had a login and fell silent; the login went on elsewhere.",
    action: "If it comes again and again, look at that replica: memory, processor, its line to NATS.",
  },
  keys_unusable: {
    meaning: "A key file changed and cannot be used; what was before still is.",
    action: keys,
  },
  oidc_refused: {
    meaning: "An application asked for something that it does not get.",
    action: "Compare its settings with `gateway.oidc.clients`.",
  },
  replica_suspected: {
    meaning: "A replica was walked around until it beats and answers again.",
    action: "If it comes again and again, look at that replica and its line to NATS.",
  },
  replicas_differ: {
    meaning: "Replicas of one connection have different settings.",
    action: "The table above says in what. Bring them into line, and restart those that were left behind.",
  },
  replicas_ready: {
    meaning: "No replica took logins.",
    action: "Are connectors running, and do their controllers answer?",
  },
  session_refused: { meaning: "A session with a replica could not be set up.", action: keys },
  store_absent: {
    meaning: "Nothing is shared: `gateway.state.keyFiles` is not set.",
    action: "Throttling counts in each gateway alone, and there is no cache.",
  },
  store_bucket_differs: {
    meaning: "A bucket exists with other settings than these.",
    action: "All gateways need the same.",
  },
  store_entry_foreign: {
    meaning: "Something in the store was sealed with another secret.",
    action: "Do all gateways have the same `gateway.state.keyFiles`? If so, somebody writes there.",
  },
  store_unavailable: {
    meaning: "A bucket did not answer. Logins do without it.",
    action: "See the NATS servers' JetStream: a quorum, and room on the disk.",
  },
};
