/**
 * `docs/reference/errors.md`: every way in which a login, a request or a command can end, what it means and what to do.
 *
 * The tables are keyed by the unions of the source, so that a new member does not compile before it is explained here.
 *
 * @module
 */

import { exitCodes } from "../../src/cli/exit-codes.ts";
import { disclosedReason } from "../../src/gateway/http/disclosure.ts";
import { requestErrors } from "../../src/gateway/http/request-error.ts";
import { denialReasons, faults } from "../../src/login/verdict.ts";
import type { DenialReason, Fault } from "../../src/login/verdict.ts";
import { code, table } from "./table.ts";

interface Explanation {
  readonly meaning: string;
  readonly action: string;
}

const denials: Readonly<Record<DenialReason, Explanation>> = {
  bad_credentials: {
    meaning: "The directory refused the password.",
    action: "None, unless they come in waves: somebody may be guessing.",
  },
  unknown_account: {
    meaning: "No account has this name. Nothing was bound.",
    action: "Check `baseDn` if it happens to people who exist.",
  },
  ambiguous_account: {
    meaning: "Several accounts have this name, so none of them is taken. Nothing was bound.",
    action: "Make the attribute unique, or narrow `baseDn`.",
  },
  account_disabled: {
    meaning: "The account is disabled.",
    action: "Enable it in the directory, if it should be.",
  },
  account_expired: { meaning: "The account's end date has passed.", action: "Extend it in the directory." },
  account_locked: {
    meaning: "Too many wrong passwords; the directory refuses right ones too.",
    action: "Wait for the lockout to end, or unlock the account. Find out who guesses.",
  },
  password_expired: { meaning: "The password is too old.", action: "The person changes it." },
  password_must_change: {
    meaning: "The password was reset and must be changed before it is good for anything.",
    action: "The person changes it.",
  },
  logon_hours: { meaning: "The account may not log in at this time.", action: "See its logon hours." },
  workstation_restricted: {
    meaning: "The account may log in only from certain workstations, and the connector is none of them.",
    action: "See the account's list of workstations.",
  },
  logon_type_not_granted: {
    meaning: "The controller's policy does not let this account log in over the network.",
    action: "See the user rights in the controllers' group policy.",
  },
  certificate_malformed: {
    meaning: "What was shown is no certificate as the standard has it.",
    action: "Look at it with `openssl x509 -text`; the authority that made it has to make it anew.",
  },
  certificate_untrusted: {
    meaning: "No path of signatures leads from the certificate to an authority in `certificates.caFile`.",
    action:
      "Right for strangers. For the company's own: is an authority missing there, or in `intermediatesFile`?",
  },
  certificate_expired: {
    meaning: "The certificate, or an authority's above it, is past its end.",
    action: "The person gets a new one.",
  },
  certificate_not_yet_valid: {
    meaning: "The certificate, or an authority's above it, is not valid yet.",
    action: "Wait; look at the connector's clock if it happens to many.",
  },
  certificate_weak: {
    meaning:
      "A key or signature on the path is weaker than 112 bits: SHA-1, RSA below 2048 bits, an unusual curve.",
    action: "The authority issues stronger ones.",
  },
  certificate_critical_extension: {
    meaning: "The certificate demands to be understood in a part that is not understood here.",
    action: "Issue it without that critical extension.",
  },
  certificate_constrained: {
    meaning:
      "An authority on the path may not issue this: it is none, may have no authorities below it, or not for this name.",
    action:
      "Right for somebody who signs what they may not. Else see the authority's basic and name constraints.",
  },
  certificate_wrong_purpose: {
    meaning:
      "The certificate is not made for logins: client authentication or smart card logon, as `certificates.purposes` says.",
    action: "The person shows another certificate.",
  },
  certificate_wrong_policy: {
    meaning:
      "The certificate does not stand under one of `certificates.policies`, or its authorities forbid its policy.",
    action: "The person shows another certificate.",
  },
  certificate_revoked: {
    meaning: "The authority has revoked the certificate, or one on its path.",
    action: "The person gets a new one. Find out why it was revoked.",
  },
  certificate_sid_mismatch: {
    meaning: "The certificate was issued for another account than the one it is mapped to.",
    action:
      "Somebody may be trying to be somebody else. See the certificate's SID and the account's mapping.",
  },
};

const outages: Readonly<Record<Fault, Explanation>> = {
  no_connector: {
    meaning: "No replica of the connection is on the bus.",
    action: "Are connectors running, and is `drawbridge_bus_connected` 1 on them?",
  },
  gateway_busy: {
    meaning: "This gateway works on as many requests of the connection as it may.",
    action:
      "More gateways, or a higher `gateway.inFlightMax` where its processor has room. Look first whether the directory has become slow.",
  },
  connector_busy: {
    meaning: "Every replica that answered was at its limit.",
    action:
      "Add replicas, or raise `inFlightMax` if the directory can take more. Look for a slow controller.",
  },
  connector_not_ready: {
    meaning: "Replicas are on the bus, none of them has a controller that answers.",
    action: "See `drawbridge_controller_state` and the log's `controller_changed`.",
  },
  directory_unreachable: {
    meaning: "No controller answered the search, or the connection to bind on.",
    action: "See `drawbridge_controller_state`, the network, and the controllers' certificates.",
  },
  directory_refused: {
    meaning: "The directory answered with a result that is not about the person.",
    action: "Check the service account's password and rights; then the controllers' own logs.",
  },
  bind_unresolved: {
    meaning:
      "A bind was sent, its answer never came, and the directory could not be asked whether it counted. It is not sent again, because a wrong password must count once.",
    action: "A controller or a replica died at that moment; the person tries again.",
  },
  change_unresolved: {
    meaning: "A new password was sent, and its answer never came: nobody knows whether it is set.",
    action: "The person tries the new password, then the old one. See `drawbridge_controller_state`.",
  },
  groups_incomplete: {
    meaning: "`directory.groups.required` is set, and not all groups of the person could be read.",
    action:
      "Compare `directory.groups.timeout` and `max` with what this person has; see the controllers' answer times.",
  },
  revocation_unknown: {
    meaning:
      "Nobody could say whether the certificate is revoked, and `certificates.revocation.whenUnknown` is `unavailable`.",
    action:
      "See the log's `revocation_asked`: is the responder or the list's server down, not in `hosts`, or the list out of date?",
  },
  deadline_exceeded: {
    meaning: "The time for the login, `loginDeadline`, ran out.",
    action:
      "Compare `drawbridge_directory_operation_duration_seconds` with `drawbridge_claim_duration_seconds`.",
  },
  bus_disconnected: {
    meaning: "This gateway has lost its own connection to NATS.",
    action: "See its log's `bus_disconnected`, and the NATS servers.",
  },
  internal_error: {
    meaning: "A defect of Drawbridge.",
    action: "Report it, with the record `defect` from the log.",
  },
};

const exits: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "Done; `login`: accepted.",
  denied: "`login`: denied; `doctor`: something is wrong.",
  usage: "The command line is wrong; `login`: the gateway refused the request.",
  ambiguous: "`profile`: several people have the name.",
  unknown: "`profile`: nobody has the name.",
  defect: "A defect of Drawbridge, or a program that was told twice to end.",
  cannotCreate: "`keys`: a file is there already, or cannot be written.",
  unavailable: "`login`: no verdict; `profile`: the directory gave no answer. Try again.",
  configuration: "The configuration is wrong, or a file that it names, or an address cannot be listened on.",
  interrupted: "Ctrl-C at the password prompt.",
};

export function renderErrors(): string {
  const reasons = denialReasons.map((reason) => {
    const [proven, state] = [disclosedReason(reason, "proven"), disclosedReason(reason, "state")];
    const told =
      proven === state ? code(proven) : `${code(proven)}; ${code(state)} under \`disclosure: state\``;
    return [code(reason), denials[reason].meaning, told, denials[reason].action];
  });
  const outageRows = faults.map((fault) => [code(fault), outages[fault].meaning, outages[fault].action]);
  const requests = Object.entries(requestErrors).map(([name, [status, message]]) => [
    code(name),
    String(status),
    message,
  ]);
  const exitRows = Object.entries(exitCodes).map(([name, exit]) => [
    String(exit),
    Object.entries(exits).find(([key]) => key === name)?.[1] ?? "",
  ]);
  return [
    "# Errors",
    "",
    "A login is `accepted`, `denied` or `unavailable`. A denial is an answer of the directory about the person; an outage is never one.",
    "The codes are stable, the sentences are not.",
    "",
    "## Denial reasons",
    "",
    "HTTP 401. Metrics and logs have the first column; callers are told the third, because a stranger must not learn which accounts exist.",
    "",
    table(["Reason", "Meaning", "The caller is told", "What to do"], reasons),
    "## Faults",
    "",
    "HTTP 503, with `Retry-After`.",
    "",
    table(["Fault", "Meaning", "What to do"], outageRows),
    "## Refused requests",
    "",
    'HTTP 4xx, with `{"error": {"code", "message"}}`. No login was tried.',
    "",
    table(["Code", "Status", "Meaning"], requests),
    "## Exit codes",
    "",
    table(["Code", "Meaning"], exitRows),
  ].join("\n");
}
