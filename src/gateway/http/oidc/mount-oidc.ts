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
import type { Recheck } from "./accounts.ts";
import { createHandovers } from "./certificate-way.ts";
import type { CertificateWay } from "./certificate-way.ts";
import type { LoginConnection } from "./choose-connection.ts";
import { basePathOf, createProvider, loginPath } from "./create-provider.ts";
import { createFormTokens } from "./form-token.ts";
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

/** @param isClosing  True once the server takes no more: then connections are not kept. */
export function mountOidc(server: FastifyInstance, deps: OidcDeps, isClosing: () => boolean): void {
  const { options } = deps;
  const base = basePathOf(options.issuer);
  const pages = createPages(deps.theme, base);
  const people = createKnownPeople(options.buckets.people);
  const provider = createProvider(options, { ...deps, people, pages: libraryPages(pages, options) });
  server.register(async (scope) => addLibraryRoutes(scope, provider, base, options, isClosing));
  server.register(async (scope) => {
    addErrorPages(scope, pages, deps);
    addLoginPageRoutes(scope, `${base}${loginPath}/:uid`, {
      ...deps,
      provider,
      people,
      pages,
      formTokens: createFormTokens(options.cookieKeys),
      handovers: createHandovers(options.buckets.logins, deps.wallClock),
      origin: new URL(options.issuer).origin,
    });
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
}

export function sendPage(reply: FastifyReply, status: number, page: Html): FastifyReply {
  return reply.code(status).headers(pageHeaders).type("text/html; charset=utf-8").send(renderHtml(page));
}

/** The library reads bodies itself, and is told by us alone under which name it is reached. */
function addLibraryRoutes(
  scope: FastifyInstance,
  provider: Provider,
  base: string,
  options: OidcOptions,
  isClosing: () => boolean,
): void {
  const { host, protocol } = new URL(options.issuer);
  const headers = libraryHeaders(
    options.clients.flatMap((client) => [...client.redirectUris, ...client.postLogoutRedirectUris]),
  );
  const answer = provider.callback();
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  for (const path of libraryRoutes) {
    scope.route({
      method: ["GET", "POST", "OPTIONS"],
      url: `${base}${path}`,
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
        await answer(raw, reply.raw);
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
