/**
 * From the body of a grant to the request that it holds.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { Request } from "../login/request.ts";
import { Secret } from "../login/secret.ts";
import { parseTraceparent } from "../login/trace-context.ts";
import type { TraceContext } from "../login/trace-context.ts";
import type { GrantBody } from "../protocol/sealed-bodies.ts";

export function grantedRequest(id: AttemptId, connection: ConnectionName, grant: GrantBody): Request {
  const asked = { id, connection };
  switch (grant.method) {
    case "password": {
      const { method, accountName, password } = grant;
      return { ...asked, method, accountName, password: new Secret(password) };
    }
    case "kerberos":
      return { ...asked, method: grant.method, token: new Secret(grant.token) };
    case "certificate": {
      const { method, certificate, chain, proof } = grant;
      return { ...asked, method, certificate: bytesOf(certificate), chain: chain.map(bytesOf), proof };
    }
    case "session":
      return { ...asked, method: grant.method, subjectId: grant.subjectId };
    case "users.search":
    case "groups.list": {
      const { method, text, pageSize, cursor } = grant;
      return { ...asked, method, text, pageSize, ...(cursor === undefined ? {} : { cursor }) };
    }
    case "account.find": {
      const { method, accountName } = grant;
      return { ...asked, method, accountName };
    }
    case "password.change": {
      const { method, accountName, oldPassword, newPassword } = grant;
      return {
        ...asked,
        method,
        accountName,
        oldPassword: new Secret(oldPassword),
        newPassword: new Secret(newPassword),
      };
    }
    case "password.reset": {
      const { method, accountName, newPassword, mustChange, unlock } = grant;
      return { ...asked, method, accountName, newPassword: new Secret(newPassword), mustChange, unlock };
    }
  }
}

/** The step of the gateway's that the grant is, where it is traced. */
export function traceParent({ traceparent }: GrantBody): TraceContext | undefined {
  return traceparent === undefined ? undefined : parseTraceparent(traceparent);
}

function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}
