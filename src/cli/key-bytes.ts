/**
 * A key that its file holds in base64, as the bytes that it is.
 *
 * @module
 */

import type { Secret } from "../login/secret.ts";

export function bytesOf(key: Secret): Buffer {
  return Buffer.from(key.reveal(), "base64");
}
