/**
 * What one record says, in words.
 *
 * @module
 */

import { phases } from "../../login/ports.ts";
import type { LogRecord } from "./read-records.ts";

const silences: Readonly<Record<string, string>> = {
  finished: "had finished, and said its answer again",
  running: "was still at work",
  not_started: "had not begun, and never will",
  silence: "did not answer: whether its bind was sent is for the next one to ask the directory",
};

const repeats: Readonly<Record<string, string>> = {
  no_claim: "nobody claimed it in time; announced again",
  busy: "a replica was busy; announced again",
  not_ready: "a replica had no controller; announced again",
  no_responders: "nobody listened; announced again",
  returned: "a replica handed it back unbound; announced again",
  silent: "given up on the silent replica; announced again",
};

const takenOver =
  "took over from a silent replica; asks the directory whether that one's bind counted before it sends any";

export function describeStep(record: LogRecord): string {
  const { msg, fields } = record;
  const { ms, controller, connector, answer = "", why = "" } = fields;
  switch (msg) {
    case "login":
    case "operation":
      return `said ${endOf(record)} after ${ms} ms${grantsOf(record)}${besideOf(record)}`;
    case "login_ended":
    case "operation_ended":
      return `answered ${endOf(record)} after ${ms} ms${grantsOf(record)}`;
    case "verification":
    case "verification_ended":
      return `${endOf(record)} after ${ms} ms on ${controller}${phasesOf(record)}${codeOf(record)}${fields["suspected"] === "true" ? `; ${takenOver}` : ""}`;
    case "suspicion_received":
      return takenOver;
    case "grant_silent":
      return `connector ${connector} fell silent, was asked, and ${silences[answer] ?? "answered"}`;
    case "announce_repeated":
      return repeats[why] ?? "announced again";
    default:
      return [msg, ...otherFields(record)].join(" ");
  }
}

export function endOf({ fields: { outcome, reason = "none" } }: LogRecord): string {
  return reason === "none" ? `${outcome}` : `${outcome} (${reason})`;
}

function grantsOf({ fields: { grants, connector } }: LogRecord): string {
  if (grants === "0") return ", granted to nobody";
  const whose = connector === undefined ? "" : `, by connector ${connector}`;
  return grants === undefined ? whose : `${whose}, grants: ${grants}`;
}

/** What came before the directory, or in its place. */
function besideOf({ fields: { source, throttle, cache, silent, groups } }: LogRecord): string {
  return [
    source === "throttle" && throttle === undefined
      ? "the throttle knew the password for a wrong one"
      : undefined,
    throttle && `the throttle's limit of this ${throttle} was reached`,
    cache && `the cache was asked: ${cache}`,
    silent && `silent over it: connector ${silent.replaceAll(",", ", ")}`,
    groups && "not all groups could be read",
  ]
    .flatMap((words) => (words === undefined ? [] : [`; ${words}`]))
    .join("");
}

const phaseNames = { searching: "search", binding: "bind", enriching: "profile and groups" } as const;

function phasesOf({ phasesMs }: LogRecord): string {
  const told = phases.flatMap((phase) => {
    const ms = phasesMs.get(phase);
    return ms === undefined ? [] : [`${phaseNames[phase]} ${ms} ms`];
  });
  return told.length === 0 ? "" : `: ${told.join(", ")}`;
}

function codeOf({ fields: { ldapCode, ldapSubCode } }: LogRecord): string {
  if (ldapCode === undefined) return "; no bind was answered";
  const name = resultNames[ldapCode];
  const sub = ldapSubCode === undefined ? "" : `, sub-code ${ldapSubCode}`;
  return `; the bind was answered with result ${ldapCode}${name === undefined ? "" : ` ${name}`}${sub}`;
}

/** @see RFC 4511 appendix A.1 */
const resultNames: Readonly<Record<string, string>> = {
  0: "success",
  8: "strongerAuthRequired",
  13: "confidentialityRequired",
  19: "constraintViolation",
  32: "noSuchObject",
  34: "invalidDNSyntax",
  48: "inappropriateAuthentication",
  49: "invalidCredentials",
  50: "insufficientAccessRights",
  51: "busy",
  52: "unavailable",
  53: "unwillingToPerform",
};

const knownFields: ReadonlySet<string> = new Set(["attempt", "msg", "time", "program", "replica", "level"]);

/** Records hold nothing that is secret. */
function otherFields({ fields }: LogRecord): readonly string[] {
  return Object.entries(fields).flatMap(([field, value]) =>
    knownFields.has(field) ? [] : [`${field}=${value}`],
  );
}
