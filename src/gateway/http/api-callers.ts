/**
 * Applications that may ask for something, each known by its token.
 *
 * @see RFC 6750 — bearer tokens: the Authorization header (§2.1), and what is said to who may not (§3)
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import type { ConnectionName } from "../../login/attempt.ts";
import { operationMethods } from "../../login/operation.ts";
import type { Secret } from "../../login/secret.ts";
import { bearerTokenOf, tokenDigest } from "./bearer-token.ts";
import type { RequestProblem } from "./request-error.ts";

/** What a token may be good for. */
export const apiScopes = ["login", ...operationMethods] as const;
export type ApiScope = (typeof apiScopes)[number];

/** Whoever asks for these shows a password of the person, so that a token is demanded only where the settings say so. */
export const openScopes = ["login", "password.change"] as const satisfies readonly ApiScope[];

export interface ApiCaller {
  readonly name: string;
  readonly token: Secret;
  readonly may: ReadonlySet<ApiScope>;
  /** Everywhere where it is absent. */
  readonly connections?: ReadonlySet<string>;
}

export interface ApiCallers {
  /** @param authorization  The header, as it came. */
  permit(authorization: string | undefined, scope: ApiScope): Permission;
  /** These from now on, and no others. */
  renew(callers: readonly ApiCaller[]): void;
}

export type Permission =
  | {
      readonly kind: "permitted";
      /** For the log. */
      readonly caller: string;
      /** Asked once the body has said where. */
      readonly at: (connection: ConnectionName) => true | Denial;
    }
  | Denial;

export interface Denial {
  readonly kind: "unauthorized" | "forbidden";
  readonly problem: RequestProblem;
  /** For `WWW-Authenticate`. */
  readonly challenge: string;
}

/** Who asks without a token, as the person that it is about. */
export const self = "self";
const realm = 'Bearer realm="drawbridge"';

/** @param tokenRequired  Of the {@link openScopes}, those that a token is demanded for all the same. */
export function createApiCallers(
  callers: readonly ApiCaller[],
  tokenRequired: readonly ApiScope[] = [],
): ApiCallers {
  let known = callers.map(withDigest);
  const open = new Set<ApiScope>(openScopes.filter((scope) => !tokenRequired.includes(scope)));
  return {
    renew(renewed) {
      known = renewed.map(withDigest);
    },
    permit(authorization, scope) {
      if (open.has(scope)) return { kind: "permitted", caller: self, at: () => true };
      if (authorization === undefined) return unauthorized("the Authorization header is missing", "");
      const token = bearerTokenOf(authorization);
      if (token === undefined)
        return unauthorized("the Authorization header is not: Bearer, a space, a token", "");
      const digest = tokenDigest(token);
      // All are compared, so that the time says nothing about which.
      const [found] = known.filter((one) => timingSafeEqual(one.digest, digest));
      if (found === undefined)
        return unauthorized("the token is none that is known here", ', error="invalid_token"');
      const { name, may, connections } = found.caller;
      if (!may.has(scope)) return forbidden(scope, `the token is not for ${scope}`);
      return {
        kind: "permitted",
        caller: name,
        at: (connection) =>
          connections === undefined ||
          connections.has(connection) ||
          forbidden(scope, "the token is not for this connection", "connection"),
      };
    },
  };
}

function unauthorized(message: string, error: string): Denial {
  return { kind: "unauthorized", problem: { code: "unauthorized", message }, challenge: `${realm}${error}` };
}

function forbidden(scope: ApiScope, message: string, field?: string): Denial {
  const problem = { code: "forbidden", message, ...(field === undefined ? {} : { field }) } as const;
  const challenge = `${realm}, error="insufficient_scope", scope="${scope}"`;
  return { kind: "forbidden", problem, challenge };
}

function withDigest(caller: ApiCaller) {
  return { caller, digest: tokenDigest(caller.token.reveal()) };
}
