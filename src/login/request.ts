/**
 * What a gateway hands to a replica: a login attempt, or another operation on the directory.
 *
 * @module
 */

import { loginMethods } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { operationMethods } from "./operation.ts";
import type { Operation } from "./operation.ts";

export type Request = Attempt | Operation;

export const methods = [...loginMethods, ...operationMethods] as const;
export type Method = (typeof methods)[number];

export function isOperation(request: Request): request is Operation {
  return operationMethods.some((method) => method === request.method);
}

/** Drops the secrets in it. */
export function dropSecrets(request: Request): void {
  switch (request.method) {
    case "password":
      request.password.drop();
      break;
    case "kerberos":
      request.token.drop();
      break;
    case "password.change":
      request.oldPassword.drop();
      request.newPassword.drop();
      break;
    case "password.reset":
      request.newPassword.drop();
      break;
    case "certificate":
    case "session":
    case "users.search":
    case "groups.list":
      break;
  }
}
