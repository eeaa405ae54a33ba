/**
 * Who may see the status: whoever has the operators' token, in a header or, in a browser, in exchange for a cookie.
 *
 * The cookie is signed by a key that is made of the token: it is good at every gateway that has the same one, and at none once the token
 * is another.
 *
 * @module
 */

import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { MonotonicClock } from "../../../login/deadline.ts";
import { remember } from "../../../login/remember.ts";
import { Secret } from "../../../login/secret.ts";
import { bearerTokenOf, tokenDigest } from "../bearer-token.ts";
import { createFormTokens } from "../oidc/form-token.ts";

export interface OperatorsDeps {
  readonly token: Secret;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970: for the end of cookies. */
  readonly wallClock: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

export type Permit = "permitted" | "unauthorized" | "throttled";

export interface Operators {
  /** @param authorization  The header, as it came. */
  permit(authorization: string | undefined, ip: string): Permit;
  /** @returns what the cookie is to hold. */
  signIn(token: string, ip: string): { readonly session: string } | Exclude<Permit, "permitted">;
  /** Whether this is what a cookie held that is still good. */
  knows(session: string): boolean;
  /** Proof that a form was shown to whoever has this cookie. */
  formToken(session: string): string;
  isOurForm(session: string, token: string): boolean;
}

export const sessionMs = 8 * 3_600_000;
const wrongMax = 10;
const wrongWindowMs = 60_000;
/** Addresses of which wrong tokens are remembered; a token cannot be guessed, so this only saves work and log. */
const sourcesMax = 1_000;

export function createOperators({ token, now, wallClock, randomBytes }: OperatorsDeps): Operators {
  const expected = tokenDigest(token.reveal());
  const key = new Secret(
    Buffer.from(hkdfSync("sha256", token.reveal(), "", "drawbridge.v1 status", 32)).toString("base64"),
  );
  const forms = createFormTokens([key]);
  const wrong = new Map<string, { readonly sinceMs: number; readonly count: number }>();
  return {
    permit: (authorization, ip) => check(bearerTokenOf(authorization), ip),
    signIn(given, ip) {
      const permit = check(given, ip);
      if (permit !== "permitted") return permit;
      const claims = `${wallClock() + sessionMs}.${Buffer.from(randomBytes(16)).toString("base64url")}`;
      return { session: `${claims}.${signatureOf(claims).toString("base64url")}` };
    },
    knows(session) {
      const [expiresAt = "", nonce = "", signature = "", ...rest] = session.split(".");
      const given = Buffer.from(signature, "base64url");
      const right = signatureOf(`${expiresAt}.${nonce}`);
      const isOurs = given.length === right.length && timingSafeEqual(given, right) && rest.length === 0;
      return isOurs && wallClock() < Number(expiresAt);
    },
    formToken: (session) => forms.create(session),
    isOurForm: (session, given) => forms.matches(session, given),
  };

  function check(given: string | undefined, ip: string): Permit {
    if (given === undefined) return "unauthorized";
    const before = wrong.get(ip);
    const isRecent = before !== undefined && now() - before.sinceMs < wrongWindowMs;
    if (isRecent && before.count >= wrongMax) return "throttled";
    if (timingSafeEqual(tokenDigest(given), expected)) {
      wrong.delete(ip);
      return "permitted";
    }
    const counted = isRecent ? { ...before, count: before.count + 1 } : { sinceMs: now(), count: 1 };
    remember(wrong, ip, counted, sourcesMax);
    return "unauthorized";
  }

  function signatureOf(claims: string): Buffer {
    return createHmac("sha256", key.reveal()).update(`status session\n${claims}`).digest();
  }
}
