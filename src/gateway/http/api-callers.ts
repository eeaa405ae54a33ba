/**
 * Applications that may ask for more than logins, each known by its token.
 *
 * @see RFC 6750 §2.1 — bearer tokens in the Authorization header
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { ConnectionName } from "../../login/attempt.ts";
import type { OperationMethod } from "../../login/operation.ts";
import type { Secret } from "../../login/secret.ts";

export interface ApiCaller {
  readonly name: string;
  readonly token: Secret;
  readonly may: ReadonlySet<OperationMethod>;
  /** Everywhere where it is absent. */
  readonly connections?: ReadonlySet<string>;
}

export interface ApiCallers {
  /** @param authorization  The header, as it came. */
  permit(
    authorization: string | undefined,
    method: OperationMethod,
    connection: ConnectionName,
  ):
    { readonly kind: "permitted"; readonly caller: string } | { readonly kind: "unauthorized" | "forbidden" };
}

export function createApiCallers(callers: readonly ApiCaller[]): ApiCallers {
  const known = callers.map((caller) => ({ caller, digest: digestOf(caller.token.reveal()) }));
  return {
    permit(authorization, method, connection) {
      const token = /^Bearer +([^\s]{1,1024})$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) return { kind: "unauthorized" };
      const digest = digestOf(token);
      // All are compared, so that the time says nothing about which.
      const [found] = known.filter((one) => timingSafeEqual(one.digest, digest));
      if (found === undefined) return { kind: "unauthorized" };
      const { name, may, connections } = found.caller;
      const isPermitted = may.has(method) && (connections === undefined || connections.has(connection));
      return isPermitted ? { kind: "permitted", caller: name } : { kind: "forbidden" };
    },
  };
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
