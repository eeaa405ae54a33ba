/**
 * The only names that a simple bind is sent with.
 *
 * The LDAP library reads some bare words (`EXTERNAL`, `PLAIN`, …) as SASL mechanisms and would log in as whoever owns the
 * connection. Every name here has a character that no such word has, and is not empty, which would be an anonymous bind.
 *
 * @see RFC 4513 §5.1 — simple authentication
 * @module
 */

export type BindName = string & { readonly brand: "BindName" };

/** True for distinguished names, and for the `user@domain` and `DOMAIN\user` of Active Directory. */
export function isBindName(text: string): text is BindName {
  return /[=@\\]/.test(text);
}
