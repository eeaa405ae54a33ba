/**
 * A person as applications read them: OpenID Connect's claims, from the profile that the settings map.
 *
 * @see OpenID Connect Core 1.0 §5.1
 * @module
 */

import type { ToldIdentity } from "./known-people.ts";

/** Claims by scope, with the name in the profile that each comes from. */
export interface ClaimMap {
  readonly profile: Readonly<Record<string, string>>;
  readonly email: Readonly<Record<string, string>>;
}

/** Claim → name in the profile. Whether a mail address is the person's own is nothing that a directory proves, so no claim says it. */
export const standardClaims: ClaimMap = {
  profile: { name: "displayName", given_name: "givenName", family_name: "surname" },
  email: { email: "mail" },
};

/** Scope → the claims in it, as the library wants to know. */
export function claimsByScope(map: ClaimMap): Readonly<Record<string, string[]>> {
  return {
    openid: ["sub", "acr", "amr", "auth_time"],
    profile: ["preferred_username", "connection", ...Object.keys(map.profile)],
    email: Object.keys(map.email),
    groups: ["groups", "groups_incomplete"],
  };
}

/** Everything that is known; the library leaves out what was not asked for. */
export function claimsOf(
  { accountName, profile, groups, groupsRead }: ToldIdentity,
  connection: string,
  map: ClaimMap,
): Readonly<Record<string, unknown>> {
  const mapped = Object.entries({ ...map.profile, ...map.email }).flatMap(([claim, name]) => {
    const value = profile[name];
    return value === undefined ? [] : [[claim, value] as const];
  });
  return {
    preferred_username: accountName,
    connection,
    ...Object.fromEntries(mapped),
    groups,
    ...(groupsRead === "incomplete" ? { groups_incomplete: true } : {}),
  };
}
