/**
 * Every path of the API: what it is for, what it is sent, and all that it may answer. The OpenAPI document is made of this table.
 *
 * @module
 */

import type { z } from "zod";
import type { ApiScope } from "../api-callers.ts";
import { openScopes } from "../api-callers.ts";
import type { RequestErrorCode } from "../request-error.ts";
import { answers } from "./answers.ts";
import { certificatePath, loginPath, negotiatePath, operationPaths } from "./paths.ts";
import {
  certificateRequest,
  groupListRequest,
  loginRequest,
  negotiateQuery,
  passwordChangeRequest,
  passwordResetRequest,
  userSearchRequest,
} from "./requests.ts";

export interface Endpoint {
  readonly id: string;
  readonly method: "get" | "post";
  readonly path: string;
  readonly tag: "Logins" | "Passwords" | "Lists";
  readonly summary: string;
  readonly description: string;
  /** What a token has to be good for. */
  readonly scope?: ApiScope;
  readonly query?: z.ZodObject;
  readonly body?: { readonly schema: z.ZodObject; readonly required: boolean };
  readonly answers: readonly Answer[];
  /** What it may refuse to work on, each with its status. */
  readonly errors: readonly RequestErrorCode[];
}

export interface Answer {
  readonly status: 200 | 401 | 422 | 429 | 503;
  readonly schema: z.ZodType;
  readonly description: string;
  /** Beside those that the status has by itself. */
  readonly headers?: Readonly<Record<string, string>>;
}

const accepted: Answer = { status: 200, schema: answers.accepted, description: "Accepted." };
const denied: Answer = { status: 401, schema: answers.denied, description: "Denied: the directory said no." };
const throttled: Answer = {
  status: 429,
  schema: answers.throttled,
  description: "Too many wrong passwords. Nothing was tried; the right password is answered in the same way.",
};
const unavailable: Answer = {
  status: 503,
  schema: answers.unavailable,
  description: "Nobody could say. It is no denial: try again.",
};

const bodyErrors = [
  "malformed_json",
  "invalid_request",
  "unknown_connection",
  "body_too_large",
  "unsupported_media_type",
] as const;
const nameErrors = ["empty_name", "name_too_long", "name_control_character", "name_malformed"] as const;
const passwordErrors = ["empty_password", "password_too_long"] as const;
const tokenErrors = ["unauthorized", "forbidden"] as const;

export const endpoints: readonly Endpoint[] = [
  {
    id: "login",
    method: "post",
    path: loginPath,
    tag: "Logins",
    summary: "Log in with a password",
    description:
      "Asks the directory whether this is the person. A wrong password that is sent once counts once in the directory, whatever dies on the way. " +
      "While no directory can be reached, the cache may answer (`source`), unless `live` is set.",
    scope: "login",
    body: { schema: loginRequest, required: true },
    answers: [accepted, denied, throttled, unavailable],
    errors: [...bodyErrors, ...nameErrors, ...passwordErrors, ...tokenErrors],
  },
  {
    id: "loginWithCertificate",
    method: "post",
    path: certificatePath,
    tag: "Logins",
    summary: "Log in with a client certificate",
    description:
      "With the certificate of the TLS handshake, at the port that asks for one, or with the one that a trusted proxy forwards in " +
      "`Client-Cert` (RFC 9440). Where `gateway.clientCertificates` is set; 404 elsewhere.",
    body: { schema: certificateRequest, required: false },
    answers: [accepted, denied, unavailable],
    errors: [
      ...bodyErrors,
      "no_client_certificate",
      "client_certificate_malformed",
      "client_certificate_too_large",
    ],
  },
  {
    id: "negotiate",
    method: "get",
    path: negotiatePath,
    tag: "Logins",
    summary: "Log in with a Kerberos ticket",
    description:
      "`Authorization: Negotiate …` (RFC 4559). Without a ticket the answer asks for one, once: a cookie remembers who could not answer. " +
      "From the networks of `gateway.connections.*.negotiate`.",
    query: negotiateQuery,
    answers: [
      {
        ...accepted,
        headers: {
          "WWW-Authenticate":
            "`Negotiate`, with the token by which the client knows the service, where it asked.",
        },
      },
      { ...denied, headers: { "Set-Cookie": "Remembers that this client could not answer." } },
      unavailable,
    ],
    errors: ["invalid_request", "unknown_connection", "no_ticket", "not_offered"],
  },
  {
    id: "changePassword",
    method: "post",
    path: operationPaths["password.change"],
    tag: "Passwords",
    summary: "Change one's own password",
    description:
      "Proven by the old one, expired or not. It is never sent to the directory twice: where its answer is lost, the end is " +
      "`change_unresolved`, and the person tries the new password, then the old one.",
    scope: "password.change",
    body: { schema: passwordChangeRequest, required: true },
    answers: [
      { status: 200, schema: answers.passwordSet, description: "The new password is set." },
      { status: 422, schema: answers.changeRefused, description: "Refused: the old password stays." },
      throttled,
      unavailable,
    ],
    errors: [...bodyErrors, ...nameErrors, ...passwordErrors, ...tokenErrors],
  },
  {
    id: "resetPassword",
    method: "post",
    path: operationPaths["password.reset"],
    tag: "Passwords",
    summary: "Set somebody's password",
    description:
      "As an administrator would. The connector's `directory.operations` has to list `password.reset`.",
    scope: "password.reset",
    body: { schema: passwordResetRequest, required: true },
    answers: [
      { status: 200, schema: answers.passwordSet, description: "The new password is set." },
      { status: 422, schema: answers.refused, description: "Refused: the old password stays." },
      unavailable,
    ],
    errors: [...bodyErrors, ...nameErrors, ...passwordErrors, ...tokenErrors],
  },
  {
    id: "searchUsers",
    method: "post",
    path: operationPaths["users.search"],
    tag: "Lists",
    summary: "Search people",
    description: "Page by page, sorted by name.",
    scope: "users.search",
    body: { schema: userSearchRequest, required: true },
    answers: [
      { status: 200, schema: answers.userPage, description: "One page of people." },
      { status: 422, schema: answers.refused, description: "Refused: `not_offered` or `bad_cursor`." },
      unavailable,
    ],
    errors: [...bodyErrors, ...tokenErrors],
  },
  {
    id: "listGroups",
    method: "post",
    path: operationPaths["groups.list"],
    tag: "Lists",
    summary: "List groups",
    description: "Page by page, sorted by name. Groups that the connector's settings hide are not in it.",
    scope: "groups.list",
    body: { schema: groupListRequest, required: true },
    answers: [
      { status: 200, schema: answers.groupPage, description: "One page of groups." },
      { status: 422, schema: answers.refused, description: "Refused: `not_offered` or `bad_cursor`." },
      unavailable,
    ],
    errors: [...bodyErrors, ...tokenErrors],
  },
];

/** Whether it answers without a token, as long as the settings do not demand one. */
export function isOpen(scope: ApiScope): boolean {
  return openScopes.some((open) => open === scope);
}
