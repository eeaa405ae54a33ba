/**
 * The bodies of the paths beside `/v1/login`, from untyped JSON to an operation, or to what is wrong with it.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../../login/attempt.ts";
import type { Operation, OperationMethod } from "../../login/operation.ts";
import { Secret } from "../../login/secret.ts";
import { readRequest } from "./api/read-request.ts";
import {
  groupListRequest,
  passwordChangeRequest,
  passwordResetRequest,
  userSearchRequest,
} from "./api/requests.ts";
import { readConnection, readNamed } from "./parse-login.ts";
import type { Wrong } from "./parse-login.ts";

export type ParsedOperation = { readonly ok: true; readonly operation: Operation } | Wrong;

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
      const read = readRequest(method === "users.search" ? userSearchRequest : groupListRequest, body);
      if (!read.ok) return read;
      const { text, pageSize, cursor } = read.value;
      return at(read.value.connection, context, (asked) => {
        const page = cursor === undefined ? {} : { cursor };
        return { ok: true, operation: { ...asked, method, text, pageSize, ...page } };
      });
    }
    case "password.change": {
      const read = readRequest(passwordChangeRequest, body);
      if (!read.ok) return read;
      const { username, oldPassword, newPassword } = read.value;
      return at(read.value.connection, context, (asked) => {
        const named = readNamed(username, { oldPassword, newPassword });
        if (!named.ok) return named;
        const { accountName } = named;
        const secrets = { oldPassword: new Secret(oldPassword), newPassword: new Secret(newPassword) };
        return { ok: true, operation: { ...asked, method, accountName, ...secrets } };
      });
    }
    case "password.reset": {
      const read = readRequest(passwordResetRequest, body);
      if (!read.ok) return read;
      const { username, newPassword, mustChange, unlock } = read.value;
      return at(read.value.connection, context, (asked) => {
        const named = readNamed(username, { newPassword });
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
  const found = readConnection(asked, connections);
  return found.ok ? parse({ id: newAttemptId(), connection: found.name }) : found;
}
