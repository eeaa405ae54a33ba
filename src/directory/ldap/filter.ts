/**
 * LDAP search filters as trees.
 *
 * A filter never exists as text, so no value can become syntax and nothing is escaped, twice or otherwise: each value goes onto
 * the wire as a length and its bytes.
 *
 * @see RFC 4511 §4.5.1.7 — filters on the wire
 * @module
 */

import assert from "node:assert/strict";

export type LdapFilter =
  | { readonly kind: "equals"; readonly attribute: string; readonly value: string | Buffer }
  | { readonly kind: "starts_with"; readonly attribute: string; readonly value: string }
  | { readonly kind: "present"; readonly attribute: string }
  | { readonly kind: "and"; readonly all: readonly LdapFilter[] }
  | { readonly kind: "or"; readonly any: readonly LdapFilter[] };

// RFC 4512 §2.5: a name or a numeric OID, with options. Attributes come from presets and settings, never from people.
const attributeDescription = /^[A-Za-z0-9][A-Za-z0-9.;-]{0,127}$/;

export function equals(attribute: string, value: string | Buffer): LdapFilter {
  assert.match(attribute, attributeDescription);
  return { kind: "equals", attribute, value };
}

/** @param value  Not empty: RFC 4511 has no substring without characters. */
export function startsWith(attribute: string, value: string): LdapFilter {
  assert.match(attribute, attributeDescription);
  assert.ok(value !== "", "a substring filter needs a substring");
  return { kind: "starts_with", attribute, value };
}

export function present(attribute: string): LdapFilter {
  assert.match(attribute, attributeDescription);
  return { kind: "present", attribute };
}

export function and(all: readonly LdapFilter[]): LdapFilter {
  return { kind: "and", all };
}

export function or(any: readonly LdapFilter[]): LdapFilter {
  return { kind: "or", any };
}
