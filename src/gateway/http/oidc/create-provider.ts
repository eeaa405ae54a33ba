/**
 * The OpenID Connect issuer: the library with our settings, state, people and pages.
 *
 * Only what is needed is switched on: the authorization code with PKCE, refresh, userinfo, revocation, discovery, logout.
 *
 * @see OpenID Connect Core 1.0, RFC 7636, OpenID Connect RP-Initiated Logout 1.0
 * @module
 */

import { Provider, errors, interactionPolicy } from "oidc-provider";
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { Events } from "../../../telemetry/events.ts";
import { retryAfterSeconds } from "../login-route.ts";
import { standingProbe } from "../negotiate.ts";
import { createFindAccount } from "./accounts.ts";
import type { Recheck } from "./accounts.ts";
import { claimsByScope } from "./claims.ts";
import type { KnownPeople } from "./known-people.ts";
import { acrCached, acrLive } from "./oidc-options.ts";
import type { OidcClient, OidcOptions } from "./oidc-options.ts";
import { createStateAdapter } from "./state-adapter.ts";
import { tellProvider } from "./tell-provider.ts";

export interface ProviderDeps {
  readonly people: KnownPeople;
  readonly recheck: Recheck;
  readonly pages: ProviderPages;
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly events: Events;
}

/** The pages that the library asks for, as HTML. */
export interface ProviderPages {
  error(context: KoaContextWithOIDC, error: Error): string;
  logout(context: KoaContextWithOIDC, action: string, token: string): string;
  loggedOut(context: KoaContextWithOIDC): string;
}

/** Path of the login page below the issuer's. */
export const loginPath = "/login";

const authorizationCodeSeconds = 60;

export function createProvider(options: OidcOptions, deps: ProviderDeps): Provider {
  const { issuer, clients, signingKeys } = options;
  const provider = new Provider(issuer, {
    adapter: createStateAdapter(options.buckets, deps.wallClock),
    clients: clients.map((client) => metadataOf(client, options)),
    jwks: { keys: signingKeys.keys },
    enabledJWA: { idTokenSigningAlgValues: [...new Set(signingKeys.keys.map(({ alg }) => alg))] as never },
    findAccount: createFindAccount({ ...deps, options }),
    loadExistingGrant: grantWhatIsAsked,
    claims: claimsByScope(options.claims),
    scopes: ["openid", "profile", "email", "groups", "offline_access"],
    acrValues: [acrLive, acrCached],
    // Applications that read nothing but the ID token get everything that they asked for.
    conformIdTokenClaims: false,
    responseTypes: ["code"],
    pkce: { required: () => true },
    routes: {
      authorization: "/authorize",
      token: "/token",
      userinfo: "/userinfo",
      jwks: "/jwks",
      revocation: "/revoke",
      end_session: "/logout",
    },
    interactions: {
      url: (_, { uid }) => `${basePathOf(issuer)}${loginPath}/${uid}`,
      policy: loginPolicy(),
    },
    ...tokenRules(clients, options),
    ...cookieRules(options),
    features: features(deps.pages),
    async renderError(context, _, error) {
      context.type = "html";
      context.body = deps.pages.error(context, error);
    },
  } satisfies Configuration);
  // The gateway tells it under which name and scheme it is reached: what a client claims in headers never gets here.
  provider.proxy = true;
  // Where nobody could be asked: RFC 6749 has no error for that, so it is HTTP's own.
  provider.use(async (context, next) => {
    await next();
    if (context.status === 503) context.set("retry-after", String(retryAfterSeconds(deps.random)));
  });
  tellProvider(provider, clients, deps.events);
  // Who has logged out does not want to be logged in by a ticket before they have read the page.
  provider.on("end_session.success", (context) => {
    if (context.oidc.params?.["logout"] === undefined) return;
    context.append("set-cookie", standingProbe(issuer.startsWith("https:")));
  });
  return provider;
}

/** Without a slash at its end. */
export function basePathOf(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, "");
}

function metadataOf(client: OidcClient, { signingKeys }: OidcOptions): ClientMetadata {
  const { id, name, secret, authentication, redirectUris, postLogoutRedirectUris, refresh } = client;
  return {
    client_id: id,
    client_name: name,
    ...(secret === undefined
      ? { token_endpoint_auth_method: "none" }
      : { client_secret: secret.reveal(), token_endpoint_auth_method: `client_secret_${authentication}` }),
    redirect_uris: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
    grant_types: ["authorization_code", ...(refresh ? ["refresh_token"] : [])],
    response_types: ["code"],
    // A scheme of its own is what an application on a device has.
    application_type: redirectUris.every((uri) => /^https?:/.test(uri)) ? "web" : "native",
    id_token_signed_response_alg: signingKeys.algorithm,
  };
}

/** Applications are the operator's own: who logs in to one is not asked once more whether it may know them. */
async function grantWhatIsAsked({ oidc }: KoaContextWithOIDC) {
  const { client, session, account, provider } = oidc;
  if (client === undefined || account === undefined) return undefined;
  const known = session?.grantIdFor(client.clientId);
  const asked = [...oidc.requestParamOIDCScopes].join(" ");
  if (known !== undefined && oidc.result?.login === undefined) {
    const grant = await provider.Grant.find(known);
    if (grant?.accountId === account.accountId) {
      const has = new Set(grant.getOIDCScope().split(" "));
      if ([...oidc.requestParamOIDCScopes].every((scope) => has.has(scope))) return grant;
    }
  }
  const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  grant.addOIDCScope(asked);
  await grant.save();
  return grant;
}

/** When a person with a session has to log in all the same; asking for consent is nobody's business here. */
function loginPolicy() {
  const { Check, base } = interactionPolicy;
  const policy = base();
  policy.remove("consent");
  const login = policy.get("login");
  login?.checks.add(
    new Check("not_any_more", "the account is not known to be allowed any more", ({ oidc }) =>
      oidc.account === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  );
  login?.checks.add(
    new Check("acr_values", "a login against the directory itself is asked for", ({ oidc }) =>
      wantsLive(oidc.params?.["acr_values"]) && oidc.session?.acr === acrCached
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT,
    ),
  );
  return policy;
}

/** An application that names only one of them demands it. */
export function wantsLive(acrValues: unknown): boolean {
  if (typeof acrValues !== "string") return false;
  const values = acrValues.split(" ");
  return values.includes(acrLive) && !values.includes(acrCached);
}

function tokenRules(clients: readonly OidcClient[], { lifetimes }: OidcOptions) {
  const seconds = (ms: number): number => Math.ceil(ms / 1_000);
  return {
    ttl: {
      AccessToken: seconds(lifetimes.accessToken),
      AuthorizationCode: authorizationCodeSeconds,
      Grant: seconds(Math.max(lifetimes.refreshToken, lifetimes.session)),
      IdToken: seconds(lifetimes.idToken),
      Interaction: seconds(lifetimes.login),
      RefreshToken: seconds(lifetimes.refreshToken),
      Session: seconds(lifetimes.session),
    },
    issueRefreshToken: (_: unknown, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed("refresh_token"),
    // An application with a secret proves itself at each refresh; an answer that was lost on the way must not cost the person's login.
    rotateRefreshToken: ({ oidc }: KoaContextWithOIDC) =>
      clients.find(({ id }) => id === oidc.client?.clientId)?.secret === undefined,
    revokeGrantPolicy: () => true,
  } as const;
}

function cookieRules({ cookieKeys, issuer }: OidcOptions) {
  // A prefixed cookie cannot be set by a neighbouring host. @see RFC 6265bis §4.1.3
  const isSecure = issuer.startsWith("https:");
  const common = { httpOnly: true, sameSite: "lax", signed: true, secure: isSecure } as const;
  return {
    cookies: {
      keys: cookieKeys.map((key) => key.reveal()),
      names: {
        session: `${isSecure ? "__Host-" : ""}drawbridge-session`,
        interaction: `${isSecure ? "__Secure-" : ""}drawbridge-login`,
        resume: `${isSecure ? "__Secure-" : ""}drawbridge-resume`,
      },
      long: common,
      short: common,
    },
  };
}

function features(pages: ProviderPages) {
  return {
    devInteractions: { enabled: false },
    revocation: { enabled: true },
    userinfo: { enabled: true },
    resourceIndicators: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    claimsParameter: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      async logoutSource(context: KoaContextWithOIDC) {
        const token = context.oidc.session?.state?.["secret"];
        if (typeof token !== "string") throw new errors.InvalidRequest("no session");
        context.body = pages.logout(context, context.oidc.urlFor("end_session_confirm"), token);
      },
      async postLogoutSuccessSource(context: KoaContextWithOIDC) {
        context.type = "html";
        context.body = pages.loggedOut(context);
      },
    },
  } as const;
}
