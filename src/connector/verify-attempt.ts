/**
 * Which attempts a connection takes, and the verifier that checks one.
 *
 * @module
 */

import { loginMethods } from "../login/attempt.ts";
import type { Attempt } from "../login/attempt.ts";
import type { VerifierContext, VerifierEnd, Verifiers } from "../login/ports.ts";
import type { Method } from "../login/request.ts";
import { isOptional } from "../protocol/subjects.ts";
import type { OptionalMethod } from "../protocol/subjects.ts";

const notOffered: VerifierEnd = { outcome: "returned", why: "connector_not_ready" };

/** Beside passwords. */
export function optionalMethods(verifiers: Verifiers): readonly OptionalMethod[] {
  return loginMethods.filter(isOptional).filter((method) => verifiers[method] !== undefined);
}

/** Whatever is no login is the directory's business alone. */
export function takes(verifiers: Verifiers, method: Method): boolean {
  const login = loginMethods.find((one) => one === method);
  if (login === undefined) return true;
  const verifier = verifiers[login];
  return verifier !== undefined && verifier.ready !== false;
}

export async function verifyAttempt(
  verifiers: Verifiers,
  attempt: Attempt,
  context: VerifierContext,
): Promise<VerifierEnd> {
  switch (attempt.method) {
    case "password":
      return verifiers.password?.verify(attempt, context) ?? notOffered;
    case "kerberos":
      return verifiers.kerberos?.verify(attempt, context) ?? notOffered;
    case "certificate":
      return verifiers.certificate?.verify(attempt, context) ?? notOffered;
    case "session":
      return verifiers.session?.verify(attempt, context) ?? notOffered;
  }
}
