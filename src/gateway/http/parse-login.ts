/**
 * The body of `POST /v1/login`, from untyped JSON to an attempt, or to what is wrong with it.
 *
 * @module
 */

import { parseAccountName } from "../../login/account-name.ts";
import type { AccountName } from "../../login/account-name.ts";
import { passwordLengthMax } from "../../login/attempt.ts";
import type { AttemptId, ConnectionName, PasswordAttempt } from "../../login/attempt.ts";
import { Secret } from "../../login/secret.ts";
import { readRequest } from "./api/read-request.ts";
import { loginRequest } from "./api/requests.ts";
import type { RequestErrorCode, RequestProblem } from "./request-error.ts";

export type ParsedLogin =
  { readonly ok: true; readonly attempt: PasswordAttempt; readonly live: boolean } | Wrong;

export interface Wrong {
  readonly ok: false;
  readonly problem: RequestProblem;
}

export const nameProblems = {
  empty: "empty_name",
  too_long: "name_too_long",
  control_character: "name_control_character",
  malformed: "name_malformed",
} as const satisfies Readonly<Record<string, RequestErrorCode>>;

/** @param connections  The configured ones; a request may leave its connection out when there is only one. */
export function parseLogin(
  body: unknown,
  connections: ReadonlySet<ConnectionName>,
  newAttemptId: () => AttemptId,
): ParsedLogin {
  const read = readRequest(loginRequest, body);
  if (!read.ok) return read;
  const { username, password, live } = read.value;
  const connection = readConnection(read.value.connection, connections);
  if (!connection.ok) return connection;
  const named = readNamed(username, { password });
  if (!named.ok) return named;
  const attempt: PasswordAttempt = {
    id: newAttemptId(),
    connection: connection.name,
    method: "password",
    accountName: named.accountName,
    password: new Secret(password),
  };
  return { ok: true, attempt, live };
}

/** @param passwords  By the fields that they came in. */
export function readNamed(
  username: string,
  passwords: Readonly<Record<string, string>>,
): { readonly ok: true; readonly accountName: AccountName } | Wrong {
  const name = parseAccountName(username);
  if (!name.ok) return { ok: false, problem: { code: nameProblems[name.problem], field: "username" } };
  for (const [field, password] of Object.entries(passwords)) {
    const code = passwordProblem(password);
    if (code === undefined) continue;
    const what = code === "empty_password" ? "empty" : `longer than ${passwordLengthMax} characters`;
    return { ok: false, problem: { code, field, message: `${field} is ${what}` } };
  }
  return { ok: true, accountName: name.name };
}

export function passwordProblem(password: string): "empty_password" | "password_too_long" | undefined {
  if (password === "") return "empty_password";
  return password.length > passwordLengthMax ? "password_too_long" : undefined;
}

/** The only one where none is asked for. */
export function readConnection(
  asked: string | undefined,
  connections: ReadonlySet<ConnectionName>,
): { readonly ok: true; readonly name: ConnectionName } | Wrong {
  const name = findConnection(asked, connections);
  if (name !== undefined) return { ok: true, name };
  const message =
    asked === undefined
      ? "connection is missing, and this gateway has more than one"
      : "connection is none that this gateway has";
  return { ok: false, problem: { code: "unknown_connection", field: "connection", message } };
}

function findConnection(
  asked: string | undefined,
  connections: ReadonlySet<ConnectionName>,
): ConnectionName | undefined {
  if (asked === undefined) return connections.size === 1 ? [...connections][0] : undefined;
  return [...connections].find((name) => name === asked);
}
