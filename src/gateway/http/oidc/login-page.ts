/**
 * What becomes of the login form: a page again, or a person who is logged in.
 *
 * Owns: what is said about which end. Does not own: how passwords are checked, HTTP, the state of the login.
 *
 * @module
 */

import { parseAccountName } from "../../../login/account-name.ts";
import type { AccountName } from "../../../login/account-name.ts";
import type { AttemptId, PasswordAttempt } from "../../../login/attempt.ts";
import { Deadline } from "../../../login/deadline.ts";
import type { Refusal } from "../../../login/operation.ts";
import { Secret } from "../../../login/secret.ts";
import type { DenialReason, Fault, Verdict } from "../../../login/verdict.ts";
import type { LogIn } from "../../cache/cached-log-in.ts";
import type { OperateFrom } from "../../throttle/throttled-requests.ts";
import { self } from "../api-callers.ts";
import { disclosedReason, disclosedRefusal } from "../disclosure.ts";
import type { Disclosure } from "../disclosure.ts";
import type { Problem } from "../page/form.ts";
import type { Html } from "../page/html.ts";
import { changePage, loginPage } from "../page/pages.ts";
import type { Texts } from "../page/texts.ts";
import { denialText } from "../page/wording.ts";
import { passwordProblem } from "../parse-login.ts";
import type { Accepted, BegunLogin } from "./begun-login.ts";
import { chooseConnection } from "./choose-connection.ts";
import type { LoginConnection } from "./choose-connection.ts";

export interface LoginPageDeps {
  readonly authenticate: LogIn;
  readonly operate: OperateFrom;
  readonly disclosure: Disclosure;
  readonly loginDeadlineMs: number;
  readonly newAttemptId: () => AttemptId;
}

export type FormEnd =
  | { readonly kind: "page"; readonly status: 200 | 401 | 422 | 429 | 503; readonly page: Html }
  | { readonly kind: "accepted"; readonly connection: LoginConnection; readonly verdict: Accepted };

type Fields = ReadonlyMap<string, string>;

interface Named {
  readonly accountName: AccountName;
  readonly connection: LoginConnection;
}

/** @param problem  With another way in that was tried. */
export function showLogin(login: BegunLogin, hint: string, problem?: string): Html {
  const problems = problem === undefined ? [] : [{ text: problem }];
  return askAgain(login, new Map([["username", hint]]), problems);
}

export async function submitLogin(deps: LoginPageDeps, login: BegunLogin, fields: Fields): Promise<FormEnd> {
  const isChange = fields.get("action") === "change";
  const { problems, named } = readFields(login, fields, isChange);
  if (problems.length > 0 || named === undefined) {
    const page = isChange
      ? askForChange(login, fields, undefined, problems)
      : askAgain(login, fields, problems);
    return { kind: "page", status: 422, page };
  }
  return isChange ? change(deps, login, fields, named) : logIn(deps, login, fields, named);
}

async function logIn(deps: LoginPageDeps, login: BegunLogin, fields: Fields, named: Named): Promise<FormEnd> {
  const verdict = await check(deps, login, named, fields.get("password") ?? "");
  const { texts } = login.surroundings;
  switch (verdict.outcome) {
    case "accepted":
      return { kind: "accepted", connection: named.connection, verdict };
    case "denied": {
      const reason = disclosedReason(verdict.reason, deps.disclosure);
      if (isToBeChanged(reason)) {
        const asked = new Map([...fields, ["connection", named.connection.name]]);
        return { kind: "page", status: 401, page: askForChange(login, asked, reason, []) };
      }
      return {
        kind: "page",
        status: 401,
        page: askAgain(login, fields, [{ text: denialText(texts, reason) }]),
      };
    }
    case "unavailable":
      return {
        kind: "page",
        status: statusOf(verdict.fault),
        page: askAgain(login, fields, [{ text: outageText(texts, verdict.fault) }]),
      };
  }
}

/** Sets the new password, and goes on with the login. */
async function change(
  deps: LoginPageDeps,
  login: BegunLogin,
  fields: Fields,
  named: Named,
): Promise<FormEnd> {
  const { texts } = login.surroundings;
  const newPassword = fields.get("new-password") ?? "";
  const end = await deps.operate(
    {
      id: deps.newAttemptId(),
      connection: named.connection.name,
      method: "password.change",
      accountName: named.accountName,
      oldPassword: new Secret(fields.get("password") ?? ""),
      newPassword: new Secret(newPassword),
    },
    self,
    Deadline.after(deps.loginDeadlineMs),
    login.ip,
  );
  switch (end.outcome) {
    case "refused": {
      const reason = disclosedRefusal(end.reason, deps.disclosure);
      const field = fieldOf(reason);
      const problem = { ...(field === undefined ? {} : { field }), text: texts.refusals[reason] };
      return { kind: "page", status: 422, page: askForChange(login, fields, undefined, [problem]) };
    }
    case "unavailable": {
      const isUnresolved = end.fault === "change_unresolved";
      const text = isUnresolved ? texts.changeUnresolved : outageText(texts, end.fault);
      const page = askForChange(login, fields, undefined, [{ text }]);
      return { kind: "page", status: statusOf(end.fault), page };
    }
    case "done":
      break;
  }
  const verdict = await check(deps, login, named, newPassword);
  if (verdict.outcome === "accepted") return { kind: "accepted", connection: named.connection, verdict };
  const page = askAgain(login, fields, [{ text: texts.changedButDenied }]);
  return { kind: "page", status: verdict.outcome === "denied" ? 401 : 503, page };
}

function check(
  deps: LoginPageDeps,
  { live, ip, application }: BegunLogin,
  { accountName, connection }: Named,
  password: string,
): Promise<Verdict> {
  const attempt: PasswordAttempt = {
    id: deps.newAttemptId(),
    connection: connection.name,
    method: "password",
    accountName,
    password: new Secret(password),
  };
  return deps.authenticate(attempt, Deadline.after(deps.loginDeadlineMs), { live, ip, application });
}

function statusOf(fault: Fault): 429 | 503 {
  return fault === "throttled" ? 429 : 503;
}

function outageText(texts: Texts, fault: Fault): string {
  return fault === "throttled" ? texts.throttled : texts.unavailable;
}

function isToBeChanged(reason: DenialReason): reason is "password_expired" | "password_must_change" {
  return reason === "password_expired" || reason === "password_must_change";
}

/** The field that has to be filled in otherwise. */
function fieldOf(reason: Refusal): "password" | "new-password" | undefined {
  switch (reason) {
    case "wrong_old_password":
    case "unknown_account":
    case "ambiguous_account":
      return "password";
    case "too_weak":
    case "in_history":
    case "policy":
      return "new-password";
    default:
      return undefined;
  }
}

function readFields(
  { surroundings: { texts }, candidates }: BegunLogin,
  fields: Fields,
  isChange: boolean,
): { readonly problems: readonly Problem[]; readonly named?: Named } {
  const problems: Problem[] = [];
  const parsed = parseAccountName(fields.get("username") ?? "");
  if (!parsed.ok) {
    const text = parsed.problem === "empty" ? texts.nameMissing : texts.nameMalformed;
    problems.push({ field: "username", text });
  }
  const password = fields.get("password") ?? "";
  problems.push(...problemsOf("password", password, texts.passwordMissing, texts.passwordTooLong));
  if (isChange) {
    const newPassword = fields.get("new-password") ?? "";
    problems.push(
      ...problemsOf("new-password", newPassword, texts.newPasswordMissing, texts.passwordTooLong),
    );
    if (newPassword !== "" && newPassword !== fields.get("repeat-password"))
      problems.push({ field: "repeat-password", text: texts.repeatDiffers });
  }
  if (!parsed.ok) return { problems };
  const connection = chooseConnection(candidates, fields.get("connection") ?? "", parsed.name);
  if (connection === undefined)
    return { problems: [...problems, { field: "connection", text: texts.connectionMissing }] };
  return { problems, named: { accountName: parsed.name, connection } };
}

function problemsOf(field: string, password: string, missing: string, tooLong: string): readonly Problem[] {
  switch (passwordProblem(password)) {
    case "empty_password":
      return [{ field, text: missing }];
    case "password_too_long":
      return [{ field, text: tooLong }];
    case undefined:
      return [];
  }
}

function askAgain(
  { surroundings, target, candidates, ways }: BegunLogin,
  fields: Fields,
  problems: readonly Problem[],
): Html {
  const { texts } = surroundings;
  const byMail = candidates.some(({ mailDomains }) => mailDomains.length > 0);
  const first = { value: "", label: byMail ? texts.connectionByMail : texts.connectionChoose };
  return loginPage(surroundings, target, {
    userName: fields.get("username") ?? "",
    connections:
      candidates.length < 2 ? [] : [first, ...candidates.map(({ name, label }) => ({ value: name, label }))],
    connection: fields.get("connection") ?? "",
    problems,
    ways,
  });
}

function askForChange(
  { surroundings, target }: BegunLogin,
  fields: Fields,
  reason: DenialReason | undefined,
  problems: readonly Problem[],
): Html {
  return changePage(surroundings, target, {
    userName: fields.get("username") ?? "",
    connection: fields.get("connection") ?? "",
    reason: denialText(surroundings.texts, reason ?? "password_must_change"),
    problems,
  });
}
