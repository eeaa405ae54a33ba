/**
 * What an OpenID Connect issuer is told at start-up.
 *
 * @module
 */

import type { ConnectionName } from "../../../login/attempt.ts";
import type { Secret } from "../../../login/secret.ts";
import type { Bucket } from "../../../protocol/store-port.ts";
import type { ClaimMap } from "./claims.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface OidcOptions {
  /** An URL without a slash at its end; everything of the issuer is below its path. */
  readonly issuer: string;
  readonly signingKeys: SigningKeys;
  /** For cookies and forms, the same at every gateway: the first signs, all are believed. */
  readonly cookieKeys: readonly [Secret, ...Secret[]];
  readonly clients: readonly OidcClient[];
  /** `qualified`: `connection:id`, where several directories could tell the same id. */
  readonly subject: "plain" | "qualified";
  readonly claims: ClaimMap;
  readonly lifetimes: OidcLifetimes;
  /** Logins that one network may begin in the lifetime of one. */
  readonly beginsMax: number;
  readonly buckets: OidcBuckets;
}

export interface OidcClient {
  readonly id: string;
  /** As people read it. */
  readonly name: string;
  /** Absent for programs that cannot keep one: they prove themselves by PKCE alone. */
  readonly secret?: Secret;
  readonly authentication: "basic" | "post";
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly refresh: boolean;
  /** Whose people may log in; everybody's where it is absent. */
  readonly connections?: ReadonlySet<string>;
}

/** In milliseconds. */
export interface OidcLifetimes {
  /** From the application's request until the person has logged in. */
  readonly login: number;
  /** Without being used. */
  readonly session: number;
  readonly accessToken: number;
  readonly idToken: number;
  readonly refreshToken: number;
  /** What a directory said of somebody counts for so long before it is asked again. */
  readonly recheck: number;
}

/** Sealed, and shared by all gateways. */
export interface OidcBuckets {
  readonly logins: Bucket;
  readonly tokens: Bucket;
  readonly people: Bucket;
}

export function subjectOf(
  { subject }: Pick<OidcOptions, "subject">,
  connection: ConnectionName,
  subjectId: string,
): string {
  return subject === "plain" ? subjectId : `${connection}:${subjectId}`;
}

/** Authentication contexts: where a login was checked. Applications may ask for them with `acr_values`. */
export const acrLive = "urn:drawbridge:acr:live";
export const acrCached = "urn:drawbridge:acr:cached";

export function clientMay({ connections }: Pick<OidcClient, "connections">, connection: string): boolean {
  return connections === undefined || connections.has(connection);
}
