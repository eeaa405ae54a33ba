/**
 * `GET` and `POST` of the login page.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { retryAfter } from "../login-route.ts";
import { renderHtml } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import { cachedLoginPage, continuePage, errorPage } from "../page/pages.ts";
import { certificateText } from "../page/wording.ts";
import { acceptedLogin, findDetails, finishLogin, readLogin } from "./begun-login.ts";
import type { BegunLogin, BegunLoginDeps, LoginParams, LoginRequest } from "./begun-login.ts";
import type { Handovers } from "./certificate-way.ts";
import { showLogin, submitLogin } from "./login-page.ts";
import type { LoginPageDeps } from "./login-page.ts";
import { pageHeaders } from "./page-headers.ts";
import { parseForm } from "./parse-form.ts";
import { createTicketStep } from "./ticket-step.ts";
import type { TicketStep, TicketStepDeps } from "./ticket-step.ts";

export interface LoginPageRoutesDeps
  extends LoginPageDeps, Omit<BegunLoginDeps, "tickets">, Omit<TicketStepDeps, "isSecure"> {
  readonly handovers: Handovers;
  readonly origin: string;
  readonly random: () => number;
}

interface PageAnswer {
  readonly status: number;
  readonly page: Html;
}

/** A page, or where the browser goes on by itself. */
type Opened = (PageAnswer | { readonly next: string }) & { readonly headers?: TicketHeaders };
type TicketHeaders = Awaited<ReturnType<TicketStep>>["headers"];

const loginHintLengthMax = 256;

/** @param path  With `:uid` in it. @param depsNow  Asked for each request. */
export function addLoginPageRoutes(
  scope: FastifyInstance,
  path: string,
  depsNow: () => LoginPageRoutesDeps,
): void {
  // A second click before the first answer is the same submission, and gets the same answer.
  const submissions = new Map<string, Promise<PageAnswer>>();

  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );

  const mounted = depsNow();
  const takeTicket = createTicketStep({ ...mounted, isSecure: mounted.origin.startsWith("https:") });
  scope.get<LoginParams>(path, async (request, reply) => {
    const deps = depsNow();
    const opened = await open(deps, takeTicket, path, request, reply);
    reply.headers(opened.headers ?? {});
    // Nothing of this began with a form of ours, so nothing checks it against the page's policy.
    return "next" in opened
      ? reply.headers(pageHeaders).redirect(opened.next, 303)
      : answer(reply, opened, deps);
  });

  scope.post<LoginParams>(path, async (request, reply) => {
    const deps = depsNow();
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

async function open(
  deps: LoginPageRoutesDeps,
  takeTicket: TicketStep,
  path: string,
  request: LoginRequest,
  reply: FastifyReply,
): Promise<Opened> {
  const details = await findDetails(deps, request, reply);
  const login = readLogin(deps, path, request, details);
  deps.events.loginBegun({ from: { ip: login.ip, application: login.application } });
  const hint = details.params["login_hint"];
  const show = (problem?: string): Html =>
    showLogin(login, typeof hint === "string" ? hint.slice(0, loginHintLengthMax) : "", problem);
  const { certificate, problem, way } = request.query;
  if (typeof certificate === "string") return takeOver(deps, login, certificate, show, request, reply);
  if (typeof problem === "string") {
    const status = problem === "unavailable" ? 503 : 401;
    return { status, page: show(certificateText(login.surroundings.texts, problem)) };
  }
  const end = await takeTicket(login, request, { isWanted: way === "ticket" });
  const { headers } = end;
  if (end.kind === "form") return { status: end.status, page: show(end.problem), headers };
  const accepted = await acceptedLogin(deps, end.connection, end.verdict, "ticket");
  return { next: await finishLogin(deps, request, reply, { login: accepted }), headers };
}

/** Somebody whom the host let in that looks at certificates. */
async function takeOver(
  deps: LoginPageRoutesDeps,
  { surroundings, candidates }: BegunLogin,
  code: string,
  show: (problem: string) => Html,
  request: LoginRequest,
  reply: FastifyReply,
): Promise<Opened> {
  const handover = await deps.handovers.take(code, request.params.uid);
  if (handover === undefined || !candidates.some(({ name }) => name === handover.connection))
    return { status: 401, page: show(surroundings.texts.certificates.over) };
  return { next: await finishLogin(deps, request, reply, { login: handover.login }) };
}

async function submitted(
  deps: LoginPageRoutesDeps,
  path: string,
  request: LoginRequest,
  reply: FastifyReply,
  body: string,
): Promise<PageAnswer> {
  const login = readLogin(deps, path, request, await findDetails(deps, request, reply));
  const fields = parseForm(body);
  if (fields === undefined || !isOurForm(deps, request, fields)) {
    deps.events.requestRefused({ code: "foreign_form" });
    return { status: 403, page: errorPage(login.surroundings, "foreign_form") };
  }
  if (fields.get("action") === "cancel") {
    const result = { error: "access_denied", error_description: "the person went back" };
    return {
      status: 200,
      page: continuePage(login.surroundings, await finishLogin(deps, request, reply, result)),
    };
  }
  const end = await submitLogin(deps, login, fields);
  if (end.kind === "page") return end;
  const next = await finishLogin(deps, request, reply, {
    login: await acceptedLogin(deps, end.connection, end.verdict, "password"),
  });
  const page = end.verdict.source === "cache" ? cachedLoginPage : continuePage;
  return { status: 200, page: page(login.surroundings, next) };
}

/** The token is in the page, the page was shown to who has the cookie, and the browser says that the form was there. */
function isOurForm(
  deps: LoginPageRoutesDeps,
  request: LoginRequest,
  fields: ReadonlyMap<string, string>,
): boolean {
  const { origin, "sec-fetch-site": site } = request.headers;
  return (
    deps.formTokens.matches(request.params.uid, fields.get("token") ?? "") &&
    (origin === undefined || origin === deps.origin) &&
    (site === undefined || site === "same-origin")
  );
}

function answer(
  reply: FastifyReply,
  { status, page }: PageAnswer,
  { random }: LoginPageRoutesDeps,
): FastifyReply {
  if (status === 503 || status === 429) retryAfter(reply, { isThrottled: status === 429 }, random);
  return reply.code(status).headers(pageHeaders).type("text/html; charset=utf-8").send(renderHtml(page));
}
