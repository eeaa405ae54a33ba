/**
 * References to other servers that a search brought.
 *
 * @see RFC 4511 §4.5.3 — search result references; RFC 4516 — LDAP URLs
 * @module
 */

import { isBelow, parseDistinguishedName } from "./distinguished-name.ts";
import type { SearchRequest } from "./ldap-connection.ts";

export interface Reference {
  /** In lower case. */
  readonly host: string;
  /** Where the search goes on; that of the search itself where it is absent. */
  readonly base?: string;
  readonly scope?: SearchRequest["scope"];
}

const url =
  /^ldaps?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?(?:\/([^?]*)(?:\?[^?]*(?:\?([a-z]*)(?:\?(.*))?)?)?)?$/i;

/** @returns undefined for what is no LDAP URL, and for one that wants another filter than ours. */
export function parseReference(text: string): Reference | undefined {
  const match = url.exec(text);
  if (match === null) return undefined;
  const [, host = "", encodedName = "", scope = "", filter = ""] = match;
  const base = decode(encodedName);
  if (filter !== "" || base === undefined || !/^(?:base|sub|)$/i.test(scope)) return undefined;
  return {
    host: host.replaceAll(/[[\]]/g, "").toLowerCase(),
    ...(base === "" ? {} : { base }),
    ...(scope === "" ? {} : { scope: scope.toLowerCase() === "base" ? "base" : "sub" }),
  };
}

/** The search as the reference wants it; undefined where that would leave the place that was searched. */
export function continued(request: SearchRequest, { base, scope }: Reference): SearchRequest | undefined {
  const asked = { ...request, scope: scope ?? request.scope };
  if (base === undefined) return asked;
  const [from, to] = [parseDistinguishedName(request.base), parseDistinguishedName(base)];
  return from !== undefined && to !== undefined && isBelow(to, from) ? { ...asked, base } : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
