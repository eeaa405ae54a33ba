/**
 * Whether a browser is asked for a Kerberos ticket, and what it answered.
 *
 * A browser that has none answers a challenge with nothing, with NTLM, or with a prompt. So it is asked once: the answer to the request
 * that challenges carries the form for whoever cannot answer, and a cookie that says so, and for as long as that lives the form comes
 * without a challenge. A ticket that is brought unasked is always looked at.
 *
 * The cookie is not a secret and proves nothing: whoever forges it gets the form.
 *
 * @see RFC 4559 — SPNEGO in HTTP
 * @module
 */

import type { AttemptId, ConnectionName, KerberosAttempt } from "../../login/attempt.ts";
import { ticketLengthMax } from "../../login/attempt.ts";
import { parseNegotiateToken } from "../../login/negotiate-token.ts";
import { Secret } from "../../login/secret.ts";
import type { Networks } from "./networks.ts";

export interface NegotiateOptions {
  /** From where the people of each connection may bring tickets; a connection that is not in it takes none. */
  readonly networks: ReadonlyMap<ConnectionName, Networks>;
  readonly newAttemptId: () => AttemptId;
}

export interface NegotiateRequest {
  readonly connection: ConnectionName;
  /** Behind trusted proxies, the client's. */
  readonly address: string;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** Came by TLS, so that the cookie may be for TLS only. */
  readonly isSecure: boolean;
  /** The person wants to be asked, whatever was tried before. */
  readonly isWanted?: boolean;
}

export type Negotiation =
  | { readonly kind: "attempt"; readonly attempt: KerberosAttempt }
  /** Ask, with these headers, in an answer with status 401 whose body is the form. */
  | { readonly kind: "challenge"; readonly headers: Headers }
  /** Show the form, and do not ask. */
  | { readonly kind: "form"; readonly why: FormReason; readonly headers: Headers };

/**
 * - `not_offered`: not from here, or not at this connection.
 * - `no_ticket`: it was asked, and brought nothing.
 * - `ticket_ntlm`, `ticket_malformed`: it brought what nobody can check.
 */
export type FormReason = "not_offered" | "no_ticket" | "ticket_ntlm" | "ticket_malformed";

type Headers = Readonly<Record<string, string>>;

const cookieName = "drawbridge-no-ticket";
const cookieSeconds = 600;
const scheme = /^Negotiate +(?<token>[^\s]+) *$/i;
const isProbed = new RegExp(`(?:^|;\\s*)${cookieName}=1(?:;|$)`);

export function createNegotiation({
  networks,
  newAttemptId,
}: NegotiateOptions): (request: NegotiateRequest) => Negotiation {
  return ({ connection, address, authorization, cookie, isSecure, isWanted = false }) => {
    if (networks.get(connection)?.has(address) !== true) {
      return { kind: "form", why: "not_offered", headers: {} };
    }
    const remembered = { "set-cookie": probeCookie(isSecure) };
    const token = scheme.exec(authorization ?? "")?.groups?.["token"];
    if (token === undefined) {
      return isProbed.test(cookie ?? "") && !isWanted
        ? { kind: "form", why: "no_ticket", headers: {} }
        : { kind: "challenge", headers: { "www-authenticate": "Negotiate", ...remembered } };
    }
    if (token.length > ticketLengthMax) return { kind: "form", why: "ticket_malformed", headers: remembered };
    const shown = parseNegotiateToken(token);
    switch (shown.kind) {
      case "ntlm":
        return { kind: "form", why: "ticket_ntlm", headers: remembered };
      case "malformed":
        return { kind: "form", why: "ticket_malformed", headers: remembered };
      case "ticket": {
        const attempt = { id: newAttemptId(), connection, method: "kerberos" } as const;
        return { kind: "attempt", attempt: { ...attempt, token: new Secret(token) } };
      }
    }
  };
}

/** To go with the answer to a ticket that was not accepted: the form is next, and not the same ticket again. */
export function probeCookie(isSecure: boolean): string {
  return cookieFor(cookieSeconds, isSecure);
}

/** To go with the answer to a ticket that was accepted: it may be asked for the next time. */
export function forgottenProbe(isSecure: boolean): string {
  return cookieFor(0, isSecure);
}

/** To go with a logout: until the browser ends, a ticket is asked for only where the person wants that. */
export function standingProbe(isSecure: boolean): string {
  return cookieFor(undefined, isSecure);
}

function cookieFor(seconds: number | undefined, isSecure: boolean): string {
  const life = seconds === undefined ? "" : ` Max-Age=${seconds};`;
  return `${cookieName}=1; Path=/;${life} HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}

/** What tells the browser that this is the service that it meant. */
export function mutualAnswer(answerToken: string | undefined): Headers {
  return answerToken === undefined ? {} : { "www-authenticate": `Negotiate ${answerToken}` };
}
