/**
 * The issuer and its pages in the gateway's HTTP server, below the issuer's path.
 *
 * @module
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Provider } from "oidc-provider";
import type { Events } from "../../../telemetry/events.ts";
import { errorPage, loggedOutPage, logoutPage } from "../page/pages.ts";
import { renderHtml } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import type { Theme } from "../page/theme.ts";
import { retryAfter } from "../login-route.ts";
import type { Recheck } from "./accounts.ts";
import { createBegunLogins } from "./begun-logins.ts";
import { createHandovers } from "./certificate-way.ts";
import type { CertificateWay } from "./certificate-way.ts";
import type { LoginConnection } from "./choose-connection.ts";
import { basePathOf, createProvider, loginPath } from "./create-provider.ts";
import { createFormTokens } from "./form-token.ts";
import type { FormTokens } from "./form-token.ts";
import { createKnownPeople } from "./known-people.ts";
import { addLoginPageRoutes } from "./login-page-routes.ts";
import type { LoginPageDeps } from "./login-page.ts";
import type { OidcOptions } from "./oidc-options.ts";
import { pageErrorOf } from "./page-error.ts";
import { libraryHeaders, pageHeaders } from "./page-headers.ts";
import { assetFolder, createPages } from "./page-surroundings.ts";
import type { Asked, Pages } from "./page-surroundings.ts";
import type { TicketDeps } from "./ticket-step.ts";

export interface OidcDeps extends LoginPageDeps {
  /** Without it, nobody is asked for a ticket. */
  readonly tickets?: TicketDeps;
  /** Without it, the page offers no certificates. */
  readonly certificateWay?: CertificateWay;
  readonly options: OidcOptions;
  readonly theme: Theme;
  readonly connections: readonly LoginConnection[];
  readonly recheck: Recheck;
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly events: Events;
}

/** What the library answers itself. */
const libraryRoutes = [
  "/authorize",
  "/authorize/:uid",
  "/token",
  "/userinfo",
  "/jwks",
  "/revoke",
  "/logout",
  "/logout/confirm",
  "/logout/success",
  "/.well-known/openid-configuration",
  "/.well-known/oauth-authorization-server",
] as const;

const yearSeconds = 31_536_000;

/** What can change while it serves. */
export type OidcKeys = Pick<OidcOptions, "signingKeys" | "cookieKeys" | "clients">;

export interface MountedOidc {
  /** All state is in the store, so another issuer with other keys goes on where this one is. */
  renew(keys: OidcKeys): void;
}

interface Issuer {
  readonly options: OidcOptions;
  readonly provider: Provider;
  readonly answer: ReturnType<Provider["callback"]>;
  readonly formTokens: FormTokens;
}

/** @param isClosing  True once the server takes no more: then connections are not kept. */
export function mountOidc(server: FastifyInstance, deps: OidcDeps, isClosing: () => boolean): MountedOidc {
  const base = basePathOf(deps.options.issuer);
  const pages = createPages(deps.theme, base);
  const people = createKnownPeople(deps.options.buckets.people);
  const handovers = createHandovers(deps.options.buckets.logins, deps.wallClock);
  const issuerOf = (options: OidcOptions): Issuer => {
    const provider = createProvider(options, { ...deps, people, pages: libraryPages(pages, options) });
    const formTokens = createFormTokens(options.cookieKeys);
    return { options, provider, answer: provider.callback(), formTokens };
  };
  let issuer = issuerOf(deps.options);
  const { beginsMax: most, lifetimes } = deps.options;
  const mayBegin = createBegunLogins({ most, windowMs: lifetimes.login, now: () => performance.now() });
  const begin = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (mayBegin(request.ip)) return undefined;
    deps.events.requestRefused({ code: "too_many" });
    retryAfter(reply, { isThrottled: true }, deps.random);
    return sendPage(reply, 429, errorPage(pages.surroundings(request.raw, {}), "too_many"));
  };
  server.register(async (scope) =>
    addLibraryRoutes(scope, () => issuer, base, deps.options, { begin, isClosing }),
  );
  server.register(async (scope) => {
    addErrorPages(scope, pages, deps);
    addLoginPageRoutes(scope, `${base}${loginPath}/:uid`, () => ({
      ...deps,
      ...issuer,
      people,
      pages,
      handovers,
      origin: new URL(deps.options.issuer).origin,
    }));
    scope.get<{ Params: { name: string } }>(`${base}${assetFolder}/:name`, async (request, reply) => {
      const asset = pages.assets.all.get(request.params.name);
      if (asset === undefined)
        return sendPage(reply, 404, errorPage(pages.surroundings(request.raw, {}), "not_found"));
      return reply
        .headers({ ...pageHeaders, "cache-control": `public, max-age=${yearSeconds}, immutable` })
        .type(asset.type)
        .send(asset.body);
    });
  });
  return {
    renew(keys) {
      issuer = issuerOf({ ...deps.options, ...keys });
    },
  };
}

export function sendPage(reply: FastifyReply, status: number, page: Html): FastifyReply {
  return reply.code(status).headers(pageHeaders).type("text/html; charset=utf-8").send(renderHtml(page));
}

interface LibraryRoutesHooks {
  /** Answers who may begin no login. */
  readonly begin: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
  readonly isClosing: () => boolean;
}

/** The library reads bodies itself, and is told by us alone under which name it is reached. */
function addLibraryRoutes(
  scope: FastifyInstance,
  issuer: () => Issuer,
  base: string,
  options: OidcOptions,
  { begin, isClosing }: LibraryRoutesHooks,
): void {
  const { host, protocol } = new URL(options.issuer);
  const headers = libraryHeaders(
    options.clients.flatMap((client) => [...client.redirectUris, ...client.postLogoutRedirectUris]),
  );
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  for (const path of libraryRoutes) {
    scope.route({
      method: ["GET", "POST", "OPTIONS"],
      url: `${base}${path}`,
      ...(path === "/authorize" && { onRequest: begin }),
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        reply.hijack();
        const { raw } = request;
        for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
        if (isClosing()) reply.raw.setHeader("connection", "close");
        Object.assign(raw.headers, {
          host,
          "x-forwarded-host": host,
          "x-forwarded-proto": protocol.slice(0, -1),
          "x-forwarded-for": request.ip,
        });
        const { pathname, search } = new URL(raw.url ?? "", options.issuer);
        Object.assign(raw, { originalUrl: pathname + search, url: pathname.slice(base.length) + search });
        await issuer().answer(raw, reply.raw);
      },
    });
  }
}

function addErrorPages(scope: FastifyInstance, pages: Pages, { events }: OidcDeps): void {
  scope.setErrorHandler((error: Error, request, reply) => {
    const { status, page } = pageErrorOf(error);
    if (page === "defect") events.defect({ where: "login_page", error });
    else events.requestRefused({ code: page });
    return sendPage(reply, status, errorPage(pages.surroundings(request.raw, {}), page));
  });
}

function libraryPages(pages: Pages, { clients }: OidcOptions) {
  type Context = Parameters<Parameters<typeof createProvider>[1]["pages"]["error"]>[0];
  const asked = ({ oidc }: Context): Asked => {
    const application = clients.find(({ id }) => id === oidc.client?.clientId)?.name;
    const locales = oidc.params?.["ui_locales"];
    return { application, locales: typeof locales === "string" ? locales : undefined };
  };
  const around = (context: Context) => pages.surroundings(context.req, asked(context));
  return {
    error(context: Context, error: Error) {
      const { page, detail } = pageErrorOf(error);
      return renderHtml(errorPage(around(context), page, detail));
    },
    logout: (context: Context, action: string, token: string) =>
      renderHtml(logoutPage(around(context), action, token)),
    loggedOut: (context: Context) => renderHtml(loggedOutPage(around(context))),
  };
}
