/**
 * `docs/reference/errors.md`: every way in which a login, a request or a command can end, what it means and what to do.
 *
 * The tables are keyed by the unions of the source, so that a new member does not compile before it is explained here.
 *
 * @module
 */

import { exitCodes } from "../../src/cli/exit-codes.ts";
import { denials, outages } from "../../src/cli/explanations.ts";
import { disclosedReason } from "../../src/gateway/http/disclosure.ts";
import { requestErrors } from "../../src/gateway/http/request-error.ts";
import { denialReasons, faults } from "../../src/login/verdict.ts";
import { code, table } from "./table.ts";

const exits: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "Done; `login`: accepted.",
  denied: "`login`: denied; `doctor`: something is wrong.",
  usage: "The command line is wrong; `login`: the gateway refused the request.",
  ambiguous: "`profile`: several people have the name.",
  unknown: "`profile`: nobody has the name; `explain`: no record of the attempt.",
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
