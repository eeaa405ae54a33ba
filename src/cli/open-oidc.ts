/**
 * The issuer of this gateway and its pages, as the settings say.
 *
 * @module
 */

import { hkdfSync } from "node:crypto";
import { ConfigError } from "../config/load.ts";
import type { ConfigProblem } from "../config/load.ts";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import type { OidcConfig } from "../config/oidc-schema.ts";
import type { GatewaySecrets, OidcSecrets } from "../config/secrets.ts";
import type { RecheckDeps } from "../gateway/http/oidc/recheck.ts";
import type { LoginConnection } from "../gateway/http/oidc/choose-connection.ts";
import type { OidcDeps, OidcKeys } from "../gateway/http/oidc/mount-oidc.ts";
import type { OidcBuckets, OidcClient, OidcOptions } from "../gateway/http/oidc/oidc-options.ts";
import type { LoginPageDeps } from "../gateway/http/oidc/login-page.ts";
import { importSigningKeys } from "../gateway/http/oidc/signing-keys.ts";
import type { SigningKeys } from "../gateway/http/oidc/signing-keys.ts";
import { createTheme } from "../gateway/http/page/theme.ts";
import type { Theme } from "../gateway/http/page/theme.ts";
import { isConnectionName } from "../login/attempt.ts";
import { Secret } from "../login/secret.ts";
import type { Store } from "../protocol/store-port.ts";

const mebibyte = 1_048_576;
/** Beyond the end of what is in it: clocks differ. */
const spareMs = 3_600_000;

/** What the pages are made of: the settings alone decide it. */
export interface PageSettings extends Pick<OidcDeps, "theme" | "connections"> {
  readonly signingKeys: SigningKeys | undefined;
}

/** @throws {ConfigError} for keys and pictures that are of no use. */
export function readPages({ oidc, page, connections }: GatewayConfig, secrets: GatewaySecrets): PageSettings {
  return {
    theme: readTheme(page, secrets.logo),
    signingKeys: oidc && readSigningKeys(secrets.oidc),
    connections: Object.entries(connections).flatMap(
      ([name, { label, mailDomains }]): readonly LoginConnection[] =>
        isConnectionName(name) ? [{ name, label: label ?? name, mailDomains }] : [],
    ),
  };
}

/** What is wrong with keys and pictures that can be read. */
export function findPageProblems(config: GatewayConfig, secrets: GatewaySecrets): readonly ConfigProblem[] {
  try {
    readPages(config, secrets);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** @returns undefined where no issuer is configured. */
export async function openOidc(
  { oidc, clientCertificates }: GatewayConfig,
  secrets: GatewaySecrets,
  { signingKeys, ...pages }: PageSettings,
  store: Store | undefined,
  common: LoginPageDeps & Pick<OidcDeps, "events" | "random" | "tickets">,
  authenticate: RecheckDeps["authenticate"],
): Promise<OidcDeps | undefined> {
  if (oidc === undefined || signingKeys === undefined) return undefined;
  if (store === undefined) throw new Error("OpenID Connect needs gateway.state.keyFiles");
  const wallClock = Date.now;
  const { createRecheck } = await import("../gateway/http/oidc/recheck.ts");
  return {
    ...common,
    ...pages,
    options: oidcOptions(oidc, oidcKeys(oidc, secrets, signingKeys), store),
    ...certificateWayOf(clientCertificates),
    recheck: createRecheck({ ...common, authenticate, wallClock }),
    wallClock,
  };
}

function certificateWayOf(settings: GatewayConfig["clientCertificates"]): Pick<OidcDeps, "certificateWay"> {
  if (settings?.page === undefined) return {};
  const { url, connections } = settings.page;
  return { certificateWay: { url, ...(connections && { connections: new Set(connections) }) } };
}

type OidcKeyFiles = Pick<GatewaySecrets, "oidc" | "stateKeys">;

/** What of it can change while it serves. @throws {ConfigError} for keys that cannot sign. */
export function readOidcKeys(oidc: OidcConfig, secrets: OidcKeyFiles): OidcKeys {
  return oidcKeys(oidc, secrets, readSigningKeys(secrets.oidc));
}

function oidcKeys(
  oidc: OidcConfig,
  { oidc: secrets, stateKeys }: OidcKeyFiles,
  signingKeys: SigningKeys,
): OidcKeys {
  const [first, ...others] = stateKeys.map(cookieKey);
  if (first === undefined) throw new Error("OpenID Connect needs gateway.state.keyFiles");
  return {
    signingKeys,
    cookieKeys: [first, ...others],
    clients: oidc.clients.map((client) => clientOf(client, secrets)),
  };
}

function oidcOptions(oidc: OidcConfig, keys: OidcKeys, store: Store): OidcOptions {
  return {
    ...keys,
    issuer: oidc.issuer,
    subject: oidc.subject,
    claims: oidc.claims,
    beginsMax: oidc.beginsMax,
    lifetimes: {
      login: oidc.loginTime,
      session: oidc.sessionTime,
      accessToken: oidc.accessTokenTime,
      idToken: oidc.idTokenTime,
      refreshToken: oidc.refreshTokenTime,
      recheck: oidc.recheckAfter,
    },
    buckets: bucketsOf(oidc, store),
  };
}

function bucketsOf({ loginTime, sessionTime, refreshTokenTime }: OidcConfig, store: Store): OidcBuckets {
  const longestMs = Math.max(sessionTime, refreshTokenTime) + spareMs;
  return {
    logins: store.bucket({ name: "oidc_logins", maxAgeMs: loginTime + spareMs, bytesMax: 256 * mebibyte }),
    tokens: store.bucket({ name: "oidc_tokens", maxAgeMs: longestMs, bytesMax: 256 * mebibyte }),
    people: store.bucket({ name: "oidc_people", maxAgeMs: longestMs, bytesMax: 128 * mebibyte }),
  };
}

/** Made of the secret that seals what cookies point to: it rotates with it, and is one file less. */
function cookieKey(stateKey: Secret): Secret {
  const bytes = Buffer.from(stateKey.reveal(), "base64");
  return new Secret(
    Buffer.from(hkdfSync("sha256", bytes, "", "drawbridge.v1 cookies", 32)).toString("base64"),
  );
}

function clientOf(client: OidcConfig["clients"][number], secrets: OidcSecrets | undefined): OidcClient {
  const { secretFile: _, connections, ...rest } = client;
  const secret = secrets?.clients.get(client.id);
  return {
    ...rest,
    ...(secret === undefined ? {} : { secret }),
    ...(connections === undefined ? {} : { connections: new Set(connections) }),
  };
}

function readSigningKeys(secrets: OidcSecrets | undefined): SigningKeys {
  try {
    return importSigningKeys((secrets?.signingKeys ?? []).map((key) => key.reveal()));
  } catch (error) {
    throw new ConfigError([{ path: "gateway.oidc.keyFiles", message: messageOf(error) }]);
  }
}

function readTheme(page: GatewayConfig["page"], logo: Buffer | undefined): Theme {
  const { name, accent, background, language, texts } = page;
  try {
    return createTheme({
      name,
      accent,
      background,
      language,
      texts,
      ...(logo === undefined ? {} : { logo }),
    });
  } catch (error) {
    throw new ConfigError([{ path: "gateway.page.logoFile", message: messageOf(error) }]);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "not usable";
}
