/**
 * The operators' server: the status as a page and as JSON, and the box to try a login. A port of its own, and a credential of its own.
 *
 * @module
 */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Verdict } from "../../../login/verdict.ts";
import { gatewayStatus } from "../../status/gateway-status.ts";
import type { Hint, StatusDeps } from "../../status/gateway-status.ts";
import { renderHtml } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import { parseForm } from "../oidc/parse-form.ts";
import { listenBounded } from "../server.ts";
import type { BoundedServer, ServerTls } from "../server.ts";
import { sessionMs } from "./operators.ts";
import type { Operators, Permit } from "./operators.ts";
import { statusScript, statusStyle } from "./status-assets.ts";
import { assetFolder, messagePage, signInPage, statusLayout } from "./status-layout.ts";
import { overallState, statusBody } from "./status-page.ts";
import { tryLogin } from "./try-login.ts";
import type { TriedLogin, TryLoginDeps } from "./try-login.ts";
import { tryBody } from "./try-page.ts";

export interface StatusServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM; without it the server speaks plain HTTP, to this machine. */
  readonly tls: ServerTls | undefined;
  readonly operators: Operators;
  readonly status: StatusDeps;
  /** Without it, nobody tries a login here. */
  readonly trying: TryLoginDeps | undefined;
  readonly explainVerdict: (verdict: Verdict) => Hint | undefined;
  readonly events: TryLoginDeps["events"];
}

const refreshSeconds = 5;
const bodyBytesMax = 8_192;
const yearSeconds = 31_536_000;

const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  // Not no-referrer: with that, browsers do not say which page a form came from.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** @throws {Error} when the port cannot be listened on or the certificate does not fit its key. */
export function startStatusServer(options: StatusServerOptions): Promise<BoundedServer> {
  return listenBounded({ ...options, trustedProxies: [], endsAtOnce: true }, (server) => {
    addBorder(server, options);
    addSignIn(server, options);
    addStatus(server, options);
    if (options.trying !== undefined) addTry(server, options, options.trying);
  });
}

function addBorder(server: FastifyInstance, { events }: StatusServerOptions): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: bodyBytesMax },
    (_request, body, done) => done(null, body),
  );
  // No HSTS: it would hold for every port of this host, and the metrics are beside it in clear.
  server.addHook("onRequest", async (_, reply) => {
    reply.headers(headers);
  });
  // A connection that is kept alive would keep what was typed until the next request.
  server.addHook("onResponse", async (request) => {
    request.body = undefined;
  });
  server.setNotFoundHandler((_, reply) =>
    answer(reply, 404, messagePage("There is no such page", "The status is at the root.")),
  );
  server.setErrorHandler((error: FastifyError, _, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500)
      return answer(reply, status, messagePage("That was no form of this page", "Nothing was done."));
    events.defect({ where: "status_page", error });
    return answer(reply, 500, messagePage("Something went wrong here", "The log has it."));
  });
  for (const asset of [statusStyle, statusScript]) {
    server.get(assetFolder + asset.name, async (_, reply) =>
      reply
        .header("cache-control", `public, max-age=${yearSeconds}, immutable`)
        .type(asset.type)
        .send(asset.body),
    );
  }
}

function addSignIn(server: FastifyInstance, { operators, events }: StatusServerOptions): void {
  server.get("/sign-in", async (_, reply) => answer(reply, 200, signInPage(undefined)));
  server.post("/sign-in", async (request, reply) => {
    const fields = fieldsOf(request);
    if (fields === undefined || !isOwnPage(request)) return refuseForm(reply);
    const signedIn = operators.signIn(fields.get("token") ?? "", request.ip);
    if (typeof signedIn === "object") {
      events.operatorSignedIn({ from: { ip: request.ip } });
      return reply.header("set-cookie", cookieOf(request, signedIn.session, sessionMs)).redirect("/", 303);
    }
    events.operatorRefused({ why: signedIn, from: { ip: request.ip } });
    return signedIn === "throttled"
      ? answer(reply, 429, signInPage("Too many wrong tokens came from here. Wait a minute, then try again."))
      : answer(reply, 401, signInPage("This is not the token."));
  });
  server.post("/sign-out", async (request, reply) => {
    const session = sessionOf(request, operators);
    if (session === undefined || formOf(request, session, operators) === undefined) return refuseForm(reply);
    return reply.header("set-cookie", cookieOf(request, "", 0)).redirect("/sign-in", 303);
  });
}

function addStatus(
  server: FastifyInstance,
  { operators, status, trying, events }: StatusServerOptions,
): void {
  server.get("/", async (request, reply) => {
    const session = sessionOf(request, operators);
    if (session === undefined) return reply.redirect("/sign-in", 303);
    const isPaused = /[?&]paused\b/.test(request.url);
    const now = gatewayStatus(status);
    const page = statusLayout({
      title: `${overallState(now)} – Drawbridge status`,
      body: statusBody(now, isPaused),
      operator: { formToken: operators.formToken(session), canTry: trying !== undefined },
      at: "/",
      ...(isPaused ? {} : { refresh: refreshSeconds }),
    });
    return answer(reply, 200, page);
  });
  server.get("/status.json", async (request, reply) => {
    const permit: Permit =
      sessionOf(request, operators) === undefined
        ? operators.permit(request.headers.authorization, request.ip)
        : "permitted";
    if (permit === "permitted") return reply.send(gatewayStatus(status));
    events.operatorRefused({ why: permit, from: { ip: request.ip } });
    return reply
      .code(permit === "throttled" ? 429 : 401)
      .header("www-authenticate", 'Bearer realm="drawbridge status"')
      .send({ error: { code: permit } });
  });
}

function addTry(server: FastifyInstance, options: StatusServerOptions, trying: TryLoginDeps): void {
  const { operators, explainVerdict } = options;
  const connections = [...trying.connections];
  const show = (session: string, typed: ReadonlyMap<string, string>, tried: TriedLogin | undefined): Html =>
    statusLayout({
      title: "Try a login – Drawbridge status",
      body: tryBody({
        connections,
        formToken: operators.formToken(session),
        username: typed.get("username") ?? "",
        connection: typed.get("connection") ?? "",
        tried,
        explain: explainVerdict,
      }),
      operator: { formToken: operators.formToken(session), canTry: true },
      at: "/try",
    });
  server.get("/try", async (request, reply) => {
    const session = sessionOf(request, operators);
    if (session === undefined) return reply.redirect("/sign-in", 303);
    return answer(reply, 200, show(session, new Map(), undefined));
  });
  server.post("/try", async (request, reply) => {
    const session = sessionOf(request, operators);
    const fields = session === undefined ? undefined : formOf(request, session, operators);
    if (session === undefined || fields === undefined) return refuseForm(reply);
    const tried = await tryLogin(trying, fields, request.ip);
    return answer(reply, tried.kind === "malformed" ? 400 : 200, show(session, fields, tried));
  });
}

/** The token is in the form, the form was shown to who has the cookie, and the browser says that it was on a page of ours. */
function formOf(
  request: FastifyRequest,
  session: string,
  operators: Operators,
): ReadonlyMap<string, string> | undefined {
  const fields = fieldsOf(request);
  const isOurs = isOwnPage(request) && operators.isOurForm(session, fields?.get("token") ?? "");
  return isOurs ? fields : undefined;
}

function fieldsOf({ body }: FastifyRequest): ReadonlyMap<string, string> | undefined {
  return parseForm(typeof body === "string" ? body : "");
}

function isOwnPage({ headers: { origin, host, "sec-fetch-site": site }, protocol }: FastifyRequest): boolean {
  return (
    (origin === undefined || origin === `${protocol}://${host}`) &&
    (site === undefined || site === "same-origin")
  );
}

function refuseForm(reply: FastifyReply): FastifyReply {
  const text = "It did not come from a page of this server, or you are signed out. Nothing was done.";
  return answer(reply, 403, messagePage("This form is not taken", text));
}

/** Over TLS the cookie is this host's alone, whatever its neighbours in the domain set. */
function cookieName({ protocol }: FastifyRequest): string {
  return protocol === "https" ? "__Host-drawbridge-status" : "drawbridge-status";
}

function cookieOf(request: FastifyRequest, value: string, ms: number): string {
  const secure = request.protocol === "https" ? "; Secure" : "";
  return `${cookieName(request)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${ms / 1_000}${secure}`;
}

function sessionOf(request: FastifyRequest, operators: Operators): string | undefined {
  const name = `${cookieName(request)}=`;
  const cookies = (request.headers.cookie ?? "").split(/; */);
  const session = cookies.find((cookie) => cookie.startsWith(name))?.slice(name.length);
  return session !== undefined && operators.knows(session) ? session : undefined;
}

function answer(reply: FastifyReply, status: number, page: Html): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").send(renderHtml(page));
}
