/**
 * Whose ticket it is: from a Kerberos principal to the account that a directory is asked for.
 *
 * A realm counts only through the table in the settings. Cut off, `ada@PARTNER.TEST` would log in as our own Ada.
 *
 * @see MS-KILE 3.3.5.6.1 — how a KDC finds the account of a name
 * @module
 */

import type { AccountKey } from "../../login/account-key.ts";

/** Realm, as it is written in tickets, to the directory's name for that domain. */
export type Realms = ReadonlyMap<string, string>;

/**
 * @param principal  As the library writes it: `ada@EXAMPLE.TEST`; `ada\@corp.example@EXAMPLE.TEST` where the client gave an enterprise
 *   name and did not let the KDC put the account's own in its place.
 * @returns undefined for a realm that is not in the table.
 */
export function accountOfPrincipal(principal: string, realms: Realms): AccountKey | undefined {
  const split = splitPrincipal(principal);
  const domain = split === undefined ? undefined : realms.get(split.realm);
  if (split === undefined || domain === undefined) return undefined;
  return { by: "domain_name", domain, name: split.name };
}

/** @returns undefined for what is no person: without a realm, or with several components, such as a service. */
function splitPrincipal(principal: string): { readonly name: string; readonly realm: string } | undefined {
  let name = "";
  for (let at = 0; at < principal.length; at += 1) {
    const character = principal.charAt(at);
    if (character === "/") return undefined;
    if (character === "@") {
      const realm = principal.slice(at + 1);
      return name === "" || realm === "" ? undefined : { name, realm };
    }
    if (character === "\\") {
      at += 1;
      name += unescaped(principal.charAt(at));
    } else name += character;
  }
  return undefined;
}

/** @see krb5_unparse_name(3) */
function unescaped(character: string): string {
  switch (character) {
    case "n":
      return "\n";
    case "t":
      return "\t";
    case "b":
      return "\b";
    case "0":
      return "\0";
    default:
      return character;
  }
}
