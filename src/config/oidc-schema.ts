/**
 * The settings of OpenID Connect and of the pages that people log in at.
 *
 * @module
 */

import { z } from "zod";
import { duration, file } from "./setting.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Claims that are no matter of the profile. */
const ours: ReadonlySet<string> = new Set(
  "iss sub aud exp iat nbf jti nonce acr amr azp auth_time at_hash c_hash s_hash sid groups groups_incomplete connection preferred_username".split(
    " ",
  ),
);

const clientId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected letters, digits and . _ -, 64 at most");

function isLoopback({ hostname }: URL): boolean {
  return /^(127\.[\d.]+|localhost|\[::1\])$/.test(hostname);
}

const issuer = z.string().refine(isIssuer, {
  message:
    "expected https://host/path without a query or a slash at its end; http:// only at a loopback address, because it is not encrypted",
});

const redirectUri = z.string().max(1_024).refine(isRedirectUri, {
  message:
    "expected https://…, an application's own scheme, or http:// to a loopback address, without a fragment; they are compared letter by letter",
});

const client = z
  .strictObject({
    id: clientId.describe("`client_id`."),
    name: z.string().min(1).max(100).describe("As people read it on the page."),
    secretFile: file(
      "`client_secret`, 32 characters or more. Without it, the application is one that cannot keep a secret.",
    ).optional(),
    authentication: z
      .enum(["basic", "post"])
      .default("basic")
      .describe("How the application shows its secret: `client_secret_basic` or `client_secret_post`."),
    redirectUris: z.array(redirectUri).min(1).max(32).describe("Where people may be sent back to."),
    postLogoutRedirectUris: z.array(redirectUri).max(32).default([]).describe("And after logging out."),
    refresh: z
      .boolean()
      .default(false)
      .describe("Give refresh tokens. Each use asks the directory whether the account still may log in."),
    connections: z
      .array(z.string())
      .min(1)
      .max(256)
      .optional()
      .describe("Whose people may log in; without it, everybody's."),
  })
  .describe("An application.");

export const oidcSection = z
  .strictObject({
    issuer: issuer.describe(
      "URL of this issuer, the same at every gateway. Everything of it is below its path.",
    ),
    keyFiles: z
      .array(file("Private key (PKCS#8 PEM): RSA from 2048 bits, P-256 or Ed25519."))
      .min(1)
      .max(8)
      .describe(
        "The first one signs ID tokens, all are published. Not every application knows other keys than RSA.",
      ),
    subject: z
      .enum(["plain", "qualified"])
      .default("plain")
      .describe(
        "`sub`: the person's stable id in the directory, or `connection:id`, which several connections need.",
      ),
    claims: z
      .strictObject({
        profile: claims({ name: "displayName", given_name: "givenName", family_name: "surname" }),
        email: claims({ email: "mail" }),
      })
      .prefault({})
      .describe(
        "Claim → name in the [profile](../profile.md), by the scope that asks for it. The scope `profile` also has `preferred_username` and `connection`, the scope `groups` has `groups`.",
      ),
    loginTime: duration(
      "15m",
      minuteMs,
      24 * hourMs,
      "From an application's request until the person has logged in.",
    ),
    beginsMax: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe(
        "Logins that may be begun from one network (a /24, or a /64 of IPv6) in `loginTime`, at each gateway. There is room for some 130,000 at all of them.",
      ),
    sessionTime: duration(
      "10h",
      minuteMs,
      30 * dayMs,
      "Without being used: so long nobody has to log in again for another application. It ends with the browser, too.",
    ),
    accessTokenTime: duration("10m", minuteMs, 24 * hourMs, "Of an access token."),
    idTokenTime: duration("10m", minuteMs, 24 * hourMs, "Of an ID token."),
    refreshTokenTime: duration(
      "336h",
      minuteMs,
      90 * dayMs,
      "Of a refresh token. It ends with its session, too.",
    ),
    recheckAfter: duration(
      "5m",
      0,
      24 * hourMs,
      "What the directory said of an account counts for so long before a session asks again.",
    ),
    clients: z
      .array(client)
      .min(1)
      .max(256)
      .describe(
        "The applications that people log in to, each as in [logging in to applications](../openid-connect.md).",
      ),
  })
  .refine(({ clients }) => new Set(clients.map(({ id }) => id)).size === clients.length, {
    path: ["clients"],
    message: "two applications have the same id",
  })
  .describe("OpenID Connect: see [logging in to applications](../openid-connect.md).");

const color = (byDefault: string, meaning: string) =>
  z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, "expected a colour such as #0b5cad")
    .default(byDefault)
    .describe(meaning);

const textNames = [
  "title",
  "intro",
  "userName",
  "password",
  "submit",
  "changeIntro",
  "unavailable",
  "footer",
] as const;
const texts = (language: string) =>
  z.partialRecord(z.enum(textNames), z.string().max(500)).exactOptional().describe(`In ${language}.`);

export const pageSection = z
  .strictObject({
    name: z.string().min(1).max(100).default("Drawbridge").describe("Of your organisation, on every page."),
    logoFile: file("PNG, JPEG, WebP or SVG, 256 KiB at most.").optional(),
    accent: color(
      "#0b5cad",
      "Of the buttons. What is written on them is black or white, whichever can be read.",
    ),
    background: color("#eef2f7", "Around the form. In dark surroundings, the page is dark."),
    language: z.enum(["en", "de"]).default("en").describe("For browsers that ask for none of the two."),
    texts: z
      .strictObject({ en: texts("English"), de: texts("German") })
      .prefault({})
      .describe(
        "Other words, by language: `title`, `intro`, `userName`, `password`, `submit`, `changeIntro`, `unavailable`, `footer`. `{name}` and `{application}` are filled in.",
      ),
  })
  .prefault({})
  .describe("How the pages look.");

export type OidcConfig = z.infer<typeof oidcSection>;
export type PageConfig = z.infer<typeof pageSection>;

function claims(byDefault: Readonly<Record<string, string>>) {
  return z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "expected a claim's name"), z.string().min(1).max(64))
    .refine((map) => !Object.keys(map).some((claim) => ours.has(claim)), {
      message: `these claims are set by the gateway: ${[...ours].join(", ")}`,
    })
    .default(byDefault)
    .describe("Claim → name in the profile.");
}

function isIssuer(given: string): boolean {
  const url = URL.parse(given);
  if (url === null || given.endsWith("/") || /[?#]/.test(given) || url.username !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

function isRedirectUri(given: string): boolean {
  const url = URL.parse(given);
  if (url === null || given.includes("#")) return false;
  switch (url.protocol) {
    case "https:":
      return true;
    case "http:":
      return isLoopback(url);
    default:
      // RFC 8252 §7.1: a scheme of one's own is a domain name in reverse.
      return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol);
  }
}
