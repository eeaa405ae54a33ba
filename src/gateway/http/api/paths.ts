/**
 * Where what is asked for.
 *
 * @module
 */

import type { OperationMethod } from "../../../login/operation.ts";

export const loginPath = "/v1/login";
export const certificatePath = "/v1/login/certificate";
export const negotiatePath = "/v1/negotiate";
export const documentPath = "/v1/openapi.json";

export const operationPaths = {
  "users.search": "/v1/users/search",
  "groups.list": "/v1/groups",
  "password.change": "/v1/password/change",
  "password.reset": "/v1/password/reset",
} as const satisfies Readonly<Record<OperationMethod, string>>;
