/**
 * Bearer tokens, as they come in a request.
 *
 * @see RFC 6750 §2.1
 * @module
 */

import { createHash } from "node:crypto";

/** @param authorization  The header, as it came. */
export function bearerTokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([^\s]{1,1024})$/i.exec(authorization ?? "")?.[1];
}

/** All have one length: compared in constant time, they tell nothing of each other. */
export function tokenDigest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
