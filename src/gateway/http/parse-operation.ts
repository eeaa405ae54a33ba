/**
 * The bodies of the paths beside `/v1/login`, from untyped JSON to an operation, or to the code that says what is wrong with it.
 *
 * @module
 */

import { z } from "zod";
import { accountNameLengthMax, parseAccountName } from "../../login/account-name.ts";
import type { AttemptId, ConnectionName } from "../../login/attempt.ts";
import { cursorLengthMax, pageSizeMax } from "../../login/operation.ts";
import type { Operation, OperationMethod } from "../../login/operation.ts";
import { Secret } from "../../login/secret.ts";
import { findConnection, nameProblems, passwordProblem } from "./parse-login.ts";
import type { RequestErrorCode } from "./request-error.ts";

const connection = z.string().optional();
const defaultPageSize = 50;

const listing = z.strictObject({
  connection,
  text: z.string().max(accountNameLengthMax).default(""),
  pageSize: z.int().min(1).max(pageSizeMax).default(defaultPageSize),
  cursor: z.string().max(cursorLengthMax).optional(),
});
const change = z.strictObject({
  connection,
  username: z.string(),
  oldPassword: z.string(),
  newPassword: z.string(),
});
const reset = z.strictObject({
  connection,
  username: z.string(),
  newPassword: z.string(),
  mustChange: z.boolean().default(false),
  unlock: z.boolean().default(false),
});

export type ParsedOperation =
  | { readonly ok: true; readonly operation: Operation }
  | { readonly ok: false; readonly code: RequestErrorCode };

export interface OperationContext {
  readonly connections: ReadonlySet<ConnectionName>;
  readonly newAttemptId: () => AttemptId;
}

export function parseOperation(
  method: OperationMethod,
  body: unknown,
  context: OperationContext,
): ParsedOperation {
  switch (method) {
    case "users.search":
    case "groups.list": {
      const parsed = listing.safeParse(body);
      if (!parsed.success) return wrong("invalid_request");
      const { text, pageSize, cursor } = parsed.data;
      return at(parsed.data.connection, context, (asked) => {
        const page = cursor === undefined ? {} : { cursor };
        return { ok: true, operation: { ...asked, method, text, pageSize, ...page } };
      });
    }
    case "password.change": {
      const parsed = change.safeParse(body);
      if (!parsed.success) return wrong("invalid_request");
      const { username, oldPassword, newPassword } = parsed.data;
      return at(parsed.data.connection, context, (asked) => {
        const named = readNamed(username, [oldPassword, newPassword]);
        if (!named.ok) return named;
        const { accountName } = named;
        const secrets = { oldPassword: new Secret(oldPassword), newPassword: new Secret(newPassword) };
        return { ok: true, operation: { ...asked, method, accountName, ...secrets } };
      });
    }
    case "password.reset": {
      const parsed = reset.safeParse(body);
      if (!parsed.success) return wrong("invalid_request");
      const { username, newPassword, mustChange, unlock } = parsed.data;
      return at(parsed.data.connection, context, (asked) => {
        const named = readNamed(username, [newPassword]);
        if (!named.ok) return named;
        const { accountName } = named;
        const secret = new Secret(newPassword);
        return {
          ok: true,
          operation: { ...asked, method, accountName, newPassword: secret, mustChange, unlock },
        };
      });
    }
  }
}

type Asked = Pick<Operation, "id" | "connection">;

function at(
  asked: string | undefined,
  { connections, newAttemptId }: OperationContext,
  parse: (asked: Asked) => ParsedOperation,
): ParsedOperation {
  const found = findConnection(asked, connections);
  return found === undefined ? wrong("unknown_connection") : parse({ id: newAttemptId(), connection: found });
}

function readNamed(username: string, passwords: readonly string[]) {
  const name = parseAccountName(username);
  if (!name.ok) return wrong(nameProblems[name.problem]);
  const problem = passwords.map(passwordProblem).find((found) => found !== undefined);
  return problem === undefined ? ({ ok: true, accountName: name.name } as const) : wrong(problem);
}

function wrong(code: RequestErrorCode): { readonly ok: false; readonly code: RequestErrorCode } {
  return { ok: false, code };
}
