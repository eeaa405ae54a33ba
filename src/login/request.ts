/**
 * What a gateway hands to a replica: a login attempt, or another operation on the directory.
 *
 * @module
 */

import { loginMethods } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { operationMethods } from "./operation.ts";
import type { Operation } from "./operation.ts";
import { lookupMethod } from "./standing.ts";
import type { AccountLookup } from "./standing.ts";

export type Request = Attempt | Operation | AccountLookup;

export const methods = [...loginMethods, ...operationMethods, lookupMethod] as const;
export type Method = (typeof methods)[number];

export function isOperation(request: Request): request is Operation | AccountLookup {
  return !loginMethods.some((method) => method === request.method);
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
    case "account.find":
      break;
  }
}
