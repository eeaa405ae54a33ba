/**
 * `GET` and `POST` of the login page.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errors } from "oidc-provider";
import type { InteractionResults, Provider } from "oidc-provider";
import type { Events } from "../../../telemetry/events.ts";
import { retryAfter } from "../login-route.ts";
import { renderHtml } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import { cachedLoginPage, continuePage, errorPage } from "../page/pages.ts";
import type { LoginConnection } from "./choose-connection.ts";
import { wantsLive } from "./create-provider.ts";
import type { FormTokens } from "./form-token.ts";
import { toldIdentity } from "./known-people.ts";
import type { KnownPeople } from "./known-people.ts";
import { showLogin, submitLogin } from "./login-page.ts";
import type { Accepted, BegunLogin, LoginPageDeps } from "./login-page.ts";
import { acrCached, acrLive, clientMay, subjectOf } from "./oidc-options.ts";
import type { OidcOptions } from "./oidc-options.ts";
import { pageHeaders } from "./page-headers.ts";
import type { Pages } from "./page-surroundings.ts";
import { parseForm } from "./parse-form.ts";

export interface LoginPageRoutesDeps extends LoginPageDeps {
  readonly options: OidcOptions;
  readonly provider: Provider;
  readonly people: KnownPeople;
  readonly pages: Pages;
  readonly connections: readonly LoginConnection[];
  readonly formTokens: FormTokens;
  readonly origin: string;
  readonly wallClock: () => number;
  readonly events: Events;
  readonly random: () => number;
}

interface PageAnswer {
  readonly status: number;
  readonly page: Html;
}

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;
interface Params {
  readonly Params: { readonly uid: string };
}

type Request = FastifyRequest<Params>;

const loginHintLengthMax = 256;

/** @param path  With `:uid` in it. */
export function addLoginPageRoutes(scope: FastifyInstance, path: string, deps: LoginPageRoutesDeps): void {
  // A second click before the first answer is the same submission, and gets the same answer.
  const submissions = new Map<string, Promise<PageAnswer>>();

  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );

  scope.get<Params>(path, async (request, reply) => {
    const details = await begunLogin(deps, request, reply);
    const hint = details.params["login_hint"];
    const login = readLogin(deps, path, request, details);
    const page = showLogin(login, typeof hint === "string" ? hint.slice(0, loginHintLengthMax) : "");
    return answer(reply, { status: 200, page }, deps);
  });

  scope.post<Params>(path, async (request, reply) => {
    const body = typeof request.body === "string" ? request.body : "";
    const sent = [request.params.uid, request.headers.cookie, body].join("\n");
    const key = createHash("sha256").update(sent).digest("base64");
    const running = submissions.get(key) ?? submitted(deps, path, request, reply, body);
    submissions.set(key, running);
    try {
      return answer(reply, await running, deps);
    } finally {
      submissions.delete(key);
    }
  });
}

async function submitted(
  deps: LoginPageRoutesDeps,
  path: string,
  request: Request,
  reply: FastifyReply,
  body: string,
): Promise<PageAnswer> {
  const login = readLogin(deps, path, request, await begunLogin(deps, request, reply));
  const fields = parseForm(body);
  if (fields === undefined || !isOurForm(deps, request, fields)) {
    deps.events.requestRefused({ code: "foreign_form" });
    return { status: 403, page: errorPage(login.surroundings, "foreign_form") };
  }
  if (fields.get("action") === "cancel") {
    const result = { error: "access_denied", error_description: "the person went back" };
    return {
      status: 200,
      page: continuePage(login.surroundings, await finish(deps, request, reply, result)),
    };
  }
  const end = await submitLogin(deps, login, fields);
  if (end.kind === "page") return end;
  const next = await finish(deps, request, reply, {
    login: await acceptedLogin(deps, end.connection, end.verdict),
  });
  const page = end.verdict.source === "cache" ? cachedLoginPage : continuePage;
  return { status: 200, page: page(login.surroundings, next) };
}

/** What the session is told of it; what applications will be told of the person is saved. */
async function acceptedLogin(
  { options, people, wallClock }: LoginPageRoutesDeps,
  { name }: LoginConnection,
  { identity, source }: Accepted,
): Promise<NonNullable<InteractionResults["login"]>> {
  const subject = subjectOf(options, name, identity.subjectId);
  const isCached = source === "cache";
  if (!isCached || (await people.find(subject)) === undefined) {
    const checkedAtMs = isCached ? 0 : wallClock();
    await people.save(subject, { connection: name, identity: toldIdentity(identity), checkedAtMs });
  }
  return {
    accountId: subject,
    acr: isCached ? acrCached : acrLive,
    amr: isCached ? ["pwd", "cache"] : ["pwd"],
    // The session ends with the browser: computers are shared.
    remember: false,
  };
}

/** @throws {errors.SessionNotFound} for a login that is over, or not this browser's. */
async function begunLogin(
  { provider }: LoginPageRoutesDeps,
  request: Request,
  reply: FastifyReply,
): Promise<Details> {
  const details = await provider.interactionDetails(request.raw, reply.raw);
  if (details.uid !== request.params.uid) throw new errors.SessionNotFound("another login's cookie");
  return details;
}

function readLogin(
  deps: LoginPageRoutesDeps,
  path: string,
  request: Request,
  { uid, params }: Details,
): BegunLogin {
  const client = deps.options.clients.find(({ id }) => id === params["client_id"]);
  if (client === undefined) throw new errors.SessionNotFound("its application is not known any more");
  const locales = params["ui_locales"];
  const asked = { application: client.name, locales: typeof locales === "string" ? locales : undefined };
  return {
    surroundings: deps.pages.surroundings(request.raw, asked),
    target: { path: path.replace(":uid", uid), token: deps.formTokens.create(uid) },
    candidates: deps.connections.filter(({ name }) => clientMay(client, name)),
    live: wantsLive(params["acr_values"]),
    ip: request.ip,
  };
}

/** The token is in the page, the page was shown to who has the cookie, and the browser says that the form was there. */
function isOurForm(
  deps: LoginPageRoutesDeps,
  request: Request,
  fields: ReadonlyMap<string, string>,
): boolean {
  const { origin, "sec-fetch-site": site } = request.headers;
  return (
    deps.formTokens.matches(request.params.uid, fields.get("token") ?? "") &&
    (origin === undefined || origin === deps.origin) &&
    (site === undefined || site === "same-origin")
  );
}

/** @returns where the browser goes on. */
function finish(
  { provider }: LoginPageRoutesDeps,
  request: Request,
  reply: FastifyReply,
  result: InteractionResults,
): Promise<string> {
  return provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission: false });
}

function answer(
  reply: FastifyReply,
  { status, page }: PageAnswer,
  { random }: LoginPageRoutesDeps,
): FastifyReply {
  if (status === 503 || status === 429) retryAfter(reply, { isThrottled: status === 429 }, random);
  return reply.code(status).headers(pageHeaders).type("text/html; charset=utf-8").send(renderHtml(page));
}
