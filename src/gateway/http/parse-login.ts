/**
 * The body of `POST /v1/login`, from untyped JSON to an attempt, or to the code that says what is wrong with it.
 *
 * @module
 */

import { z } from "zod";
import { parseAccountName } from "../../login/account-name.ts";
import { passwordLengthMax } from "../../login/attempt.ts";
import type { AttemptId, ConnectionName, PasswordAttempt } from "../../login/attempt.ts";
import { Secret } from "../../login/secret.ts";
import type { RequestErrorCode } from "./request-error.ts";

const bodySchema = z.strictObject({
  connection: z.string().optional(),
  username: z.string(),
  password: z.string(),
  /** Nothing but an answer of the directory itself will do. */
  live: z.boolean().default(false),
});

export type ParsedLogin =
  | { readonly ok: true; readonly attempt: PasswordAttempt; readonly live: boolean }
  | { readonly ok: false; readonly code: RequestErrorCode };

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
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return { ok: false, code: "invalid_request" };
  const { username, password, live } = parsed.data;
  const connection = findConnection(parsed.data.connection, connections);
  if (connection === undefined) return { ok: false, code: "unknown_connection" };
  const name = parseAccountName(username);
  if (!name.ok) return { ok: false, code: nameProblems[name.problem] };
  const problem = passwordProblem(password);
  if (problem !== undefined) return { ok: false, code: problem };
  const attempt: PasswordAttempt = {
    id: newAttemptId(),
    connection,
    method: "password",
    accountName: name.name,
    password: new Secret(password),
  };
  return { ok: true, attempt, live };
}

export function passwordProblem(password: string): "empty_password" | "password_too_long" | undefined {
  if (password === "") return "empty_password";
  return password.length > passwordLengthMax ? "password_too_long" : undefined;
}

/** The only one where none is asked for. */
export function findConnection(
  asked: string | undefined,
  connections: ReadonlySet<ConnectionName>,
): ConnectionName | undefined {
  if (asked === undefined) return connections.size === 1 ? [...connections][0] : undefined;
  return [...connections].find((name) => name === asked);
}
