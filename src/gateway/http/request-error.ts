/**
 * A request that cannot be worked on: the status, a stable code, a sentence that repeats nothing of the request, and the field that is
 * meant where there is one.
 *
 * @module
 */

/** Every code that the API answers with 4xx: codes are API, sentences are not. Where more is known, a better sentence takes their place. */
export const requestErrors = {
  malformed_json: [400, "the body is not JSON"],
  invalid_request: [400, "a field of the body is missing, unknown, or not of its type"],
  empty_name: [400, "username is empty"],
  name_too_long: [400, "username is longer than 256 characters"],
  name_control_character: [400, "username has a control character"],
  name_malformed: [400, "username has nothing before or after its backslash"],
  empty_password: [400, "password is empty"],
  password_too_long: [400, "password is longer than 1024 characters"],
  unknown_connection: [400, "connection is missing, or none that this gateway has"],
  bad_request: [400, "the request is not valid HTTP"],
  client_certificate_malformed: [400, "Client-Cert or Client-Cert-Chain is not as RFC 9440 has it"],
  client_certificate_too_large: [
    400,
    "the client certificate is larger than 16 KiB, or more than 6 or 32 KiB came with it",
  ],
  no_client_certificate: [401, "no client certificate came with the request"],
  no_ticket: [401, "no Kerberos ticket came with the request"],
  unauthorized: [401, "the request needs the token of an application, and has none that is known here"],
  forbidden: [403, "the token is not for this operation, or not for this connection"],
  not_offered: [403, "no ticket is taken from here, or at this connection"],
  not_found: [404, "no such path; logins are POST /v1/login, and GET /v1/openapi.json may list the others"],
  method_not_allowed: [405, "not with this method; the Allow header names the one that is possible"],
  request_timeout: [408, "the request took too long to arrive"],
  body_too_large: [413, "the body is larger than 8 KiB"],
  unsupported_media_type: [415, "the content type must be application/json, in UTF-8"],
  headers_too_large: [431, "the headers are too large"],
} as const;

export type RequestErrorCode = keyof typeof requestErrors;

/** A code, and what is known beyond it. */
export interface RequestProblem {
  readonly code: RequestErrorCode;
  readonly message?: string;
  /** Of the body. */
  readonly field?: string;
}

export interface RequestErrorAnswer {
  readonly status: number;
  readonly body: {
    readonly error: { readonly code: RequestErrorCode; readonly message: string; readonly field?: string };
  };
}

export function requestError({ code, field, ...more }: RequestProblem): RequestErrorAnswer {
  const [status, message] = requestErrors[code];
  const error = { code, message: more.message ?? message, ...(field === undefined ? {} : { field }) };
  return { status, body: { error } };
}
