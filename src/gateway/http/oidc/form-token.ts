/**
 * Proof that a form is ours: made of the login that it belongs to, whose cookie the browser has to show as well.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../../login/secret.ts";

export interface FormTokens {
  create(uid: string): string;
  matches(uid: string, token: string): boolean;
}

export function createFormTokens(keys: readonly [Secret, ...Secret[]]): FormTokens {
  const digestOf = (key: Secret, uid: string): Buffer =>
    createHmac("sha256", key.reveal()).update(`login form\n${uid}`).digest();
  return {
    create: (uid) => digestOf(keys[0], uid).toString("base64url"),
    matches(uid, token) {
      const given = Buffer.from(token, "base64url");
      return keys
        .map((key) => digestOf(key, uid))
        .some((one) => given.length === one.length && timingSafeEqual(given, one));
    },
  };
}
