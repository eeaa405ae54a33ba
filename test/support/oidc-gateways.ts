/**
 * Issuers in this process: several HTTP servers with one store behind one address, in front of verdicts that a test chooses.
 *
 * @module
 */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as client from "openid-client";
import type { Authenticate } from "../../src/gateway/authenticate.ts";
import { createApiCallers } from "../../src/gateway/http/api-callers.ts";
import { trustedProxies } from "../../src/gateway/http/client-certificate.ts";
import { standardClaims } from "../../src/gateway/http/oidc/claims.ts";
import type { Recheck } from "../../src/gateway/http/oidc/accounts.ts";
import type { LoginConnection } from "../../src/gateway/http/oidc/choose-connection.ts";
import type { LogIn } from "../../src/gateway/cache/cached-log-in.ts";
import type { OidcDeps } from "../../src/gateway/http/oidc/mount-oidc.ts";
import type { OidcClient, OidcOptions } from "../../src/gateway/http/oidc/oidc-options.ts";
import { importSigningKeys } from "../../src/gateway/http/oidc/signing-keys.ts";
import { createTheme } from "../../src/gateway/http/page/theme.ts";
import type { ThemeOptions } from "../../src/gateway/http/page/theme.ts";
import { startHttpServer } from "../../src/gateway/http/server.ts";
import type { HttpServer } from "../../src/gateway/http/server.ts";
import type { Operate } from "../../src/gateway/operate.ts";
import { createAttemptId } from "../../src/login/attempt.ts";
import type { Identity } from "../../src/login/identity.ts";
import { Secret } from "../../src/login/secret.ts";
import { findFreeAddress } from "./loopback.ts";
import { MemoryStore } from "./memory-store.ts";
import { connectionName } from "./memory-system.ts";
import { recordEvents } from "./recorded-events.ts";
import type { RecordedEvent } from "./recorded-events.ts";
import { startTurnTakingProxy } from "./turn-taking-proxy.ts";
import type { TurnTakingProxy } from "./turn-taking-proxy.ts";

/** Addresses that begin so are the application's. */
export const applicationUrl = "http://application.example.test/";
export const callback = "http://application.example.test/callback";
export const clientSecret = "a-secret-of-the-application-0123456789";

export const ada: Identity = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "CN=Ada Lovelace,DC=example,DC=test",
  profile: { displayName: "Ada Lovelace", givenName: "Ada", surname: "Lovelace", mail: "ada@example.test" },
  groups: [{ name: "Engineers" }, { name: "Ops (East) * Team" }],
  groupsRead: "complete",
};

export interface OidcGatewaysOptions {
  readonly logIn?: LogIn;
  readonly operate?: Operate;
  readonly recheck?: Recheck;
  readonly connections?: readonly LoginConnection[];
  readonly clients?: readonly OidcClient[];
  readonly theme?: Partial<ThemeOptions>;
  /** Path of the issuer. */
  readonly path?: string;
  /** 1 unless told. */
  readonly count?: number;
  readonly disclosure?: "proven" | "state";
  readonly subject?: "plain" | "qualified";
  readonly recheckAfterMs?: number;
  /** Nobody unless told. */
  readonly trustedProxies?: readonly string[];
  /** Nobody is asked for a ticket unless told. */
  readonly tickets?: OidcDeps["tickets"];
  /** The page offers no certificates unless told; with it, proxies on this machine are believed. */
  readonly certificateWay?: OidcDeps["certificateWay"];
  readonly checkCertificate?: Authenticate;
  /** As many as wanted unless told. */
  readonly beginsMax?: number;
}

export interface OidcGateways extends AsyncDisposable {
  readonly issuer: string;
  readonly proxy: TurnTakingProxy;
  readonly servers: readonly HttpServer[];
  readonly store: MemoryStore;
  readonly seen: readonly RecordedEvent[];
  /** Milliseconds that every gateway's clock is ahead. */
  ahead: number;
  /** What cookies are signed with, unless told otherwise. */
  readonly cookies: readonly [Secret, ...Secret[]];
  /** The application, as it reads the discovery document. */
  application(id?: string, secret?: string): Promise<client.Configuration>;
  /** One more gateway, with other keys where told. */
  add(keys?: {
    readonly signing?: readonly string[];
    readonly cookies?: readonly [Secret, ...Secret[]];
  }): Promise<HttpServer>;
}

export const application: OidcClient = {
  id: "portal",
  name: "The Portal",
  secret: new Secret(clientSecret),
  authentication: "post",
  redirectUris: [callback],
  postLogoutRedirectUris: [applicationUrl],
  refresh: true,
};

export const accepting: LogIn = async (attempt) =>
  attempt.method === "password" && attempt.password.reveal() === "right"
    ? { outcome: "accepted", identity: ada }
    : { outcome: "denied", reason: "bad_credentials" };

export const corpConnection: LoginConnection = {
  name: connectionName("corp"),
  label: "Head office",
  mailDomains: [],
};

export async function startOidcGateways(options: OidcGatewaysOptions = {}): Promise<OidcGateways> {
  await using cleanup = new AsyncDisposableStack();
  const address = await findFreeAddress([8_080]);
  const proxy = cleanup.use(await startTurnTakingProxy(address, 8_080));
  const issuer = `${proxy.url}${options.path ?? ""}`;
  const { events, seen } = recordEvents();
  const state = { ahead: 0 };
  const wallClock = (): number => Date.now() + state.ahead;
  const store = new MemoryStore();
  const servers: HttpServer[] = [];
  const signing = [signingKey()];
  const cookies: readonly [Secret, ...Secret[]] = [new Secret(randomBytes(32).toString("base64"))];

  let stack = cleanup;
  const add: OidcGateways["add"] = async (keys = {}) => {
    const bucket = (name: string) => store.bucket({ name, maxAgeMs: 86_400_000 });
    const oidc: OidcOptions = {
      issuer,
      signingKeys: importSigningKeys(keys.signing ?? signing),
      cookieKeys: keys.cookies ?? cookies,
      clients: options.clients ?? [application],
      subject: options.subject ?? "plain",
      claims: standardClaims,
      lifetimes: {
        login: 600_000,
        session: 3_600_000,
        accessToken: 600_000,
        idToken: 600_000,
        refreshToken: 86_400_000,
        recheck: options.recheckAfterMs ?? 300_000,
      },
      beginsMax: options.beginsMax ?? 1_000_000,
      buckets: { logins: bucket("logins"), tokens: bucket("tokens"), people: bucket("people") },
    };
    const connections = options.connections ?? [corpConnection];
    const common = {
      disclosure: options.disclosure ?? "proven",
      loginDeadlineMs: 5_000,
      newAttemptId: () => createAttemptId(randomBytes),
      random: Math.random,
      events,
      authenticate: options.logIn ?? accepting,
      operate: options.operate ?? (() => Promise.reject(new Error("no operation is asked for here"))),
    } as const;
    const server = await startHttpServer({
      ...common,
      host: address,
      port: 0,
      tls: undefined,
      trustedProxies: options.trustedProxies ?? [],
      callers: createApiCallers([]),
      connections: new Set(connections.map(({ name }) => name)),
      ...(options.checkCertificate && {
        certificateLogins: {
          ...common,
          connections: new Set(connections.map(({ name }) => name)),
          authenticate: options.checkCertificate,
          certificateProxies: trustedProxies(["127.0.0.0/8"]),
        },
      }),
      oidc: {
        ...common,
        ...(options.tickets && { tickets: options.tickets }),
        ...(options.certificateWay && { certificateWay: options.certificateWay }),
        options: oidc,
        theme: createTheme({
          name: "Example Works",
          accent: "#0b5cad",
          background: "#eef2f7",
          language: "en",
          texts: {},
          ...options.theme,
        }),
        connections,
        recheck: options.recheck ?? (async (person) => ({ kind: "allowed", person })),
        wallClock,
      },
    });
    servers.push(server);
    stack.defer(() => server.close());
    proxy.servers = [...proxy.servers, `http://${address}:${server.port}`];
    return server;
  };
  for (let count = 0; count < (options.count ?? 1); count += 1) await add();

  const owned = (stack = cleanup.move());
  return {
    issuer,
    proxy,
    servers,
    store,
    seen,
    get ahead() {
      return state.ahead;
    },
    set ahead(ms) {
      state.ahead = ms;
    },
    add,
    cookies,
    application: (id = application.id, secret = clientSecret) =>
      client.discovery(new URL(issuer), id, undefined, client.ClientSecretPost(secret), {
        execute: [client.allowInsecureRequests],
      }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

export function signingKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

export interface BegunFlow {
  readonly url: URL;
  readonly checks: {
    readonly pkceCodeVerifier: string;
    readonly expectedNonce: string;
    readonly expectedState: string;
  };
}

/** An application sends somebody here. */
export async function beginFlow(
  config: client.Configuration,
  extra: Readonly<Record<string, string>> = {},
): Promise<BegunFlow> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedNonce = client.randomNonce();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: "openid profile email groups",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    nonce: expectedNonce,
    state: expectedState,
    ...extra,
  });
  return { url, checks: { pkceCodeVerifier, expectedNonce, expectedState } };
}
