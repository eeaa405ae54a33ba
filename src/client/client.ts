/**
 * A gateway, for programs: logins, passwords, people and groups.
 *
 * It needs `fetch` and nothing else. Whatever a network, a gateway or a directory does is an outcome; only an abort by the caller, and
 * options that make no client, are thrown. A request is repeated only where that can do no harm: a password where it is certain that no
 * directory saw it, everything else after any fault that may pass.
 *
 * @module
 */

import { exchange, isWorthAnother } from "./exchange.ts";
import type { Fetch } from "./exchange.ts";
import type {
  GroupPageOutcome,
  LoginOutcome,
  PasswordChangeOutcome,
  PasswordResetOutcome,
  Throttled,
  Unavailable,
  UserPageOutcome,
} from "./outcomes.ts";
import {
  readGroupPage,
  readLogin,
  readOutcome,
  readPasswordChange,
  readPasswordReset,
  readUserPage,
} from "./read-answer.ts";
import type { CommonOutcome, ReadAnswer } from "./read-answer.ts";

export type * from "./outcomes.ts";
export type { Fetch, FetchInit, FetchResponse } from "./exchange.ts";

export interface ClientOptions {
  /** Of the gateway, such as `https://login.example.com`. */
  readonly url: string | URL;
  /** This application's own, from `gateway.api.tokens`. */
  readonly token?: string;
  /** For one call with all its repetitions; 15 s unless told. A gateway answers within `gateway.loginDeadline`, 10 s by default. */
  readonly deadlineMs?: number;
  /** The platform's own unless told: another one where certificates of an own authority are to be trusted. */
  readonly fetch?: Fetch;
  /** Passwords go to `http:` addresses of other hosts only with this. */
  readonly allowPlainHttp?: boolean;
}

export interface CallOptions {
  /** Aborted, the call throws its reason. What was sent already may still count. */
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  /**
   * Address of the person, for the gateway's counting of wrong passwords. It believes that only of an application whose own address is
   * in `gateway.http.trustedProxies`.
   */
  readonly clientAddress?: string;
}

export interface LoginRequest {
  /** May be left out where the gateway has only one. */
  readonly connection?: string;
  /** As the person typed it. */
  readonly username: string;
  readonly password: string;
  /** Nothing but an answer of the directory itself will do. */
  readonly live?: boolean;
}

export interface PasswordChangeRequest {
  readonly connection?: string;
  readonly username: string;
  readonly oldPassword: string;
  readonly newPassword: string;
}

export interface PasswordResetRequest {
  readonly connection?: string;
  readonly username: string;
  readonly newPassword: string;
  /** The person has to change it at the next login. */
  readonly mustChange?: boolean;
  /** A lockout ends. */
  readonly unlock?: boolean;
}

export interface ListRequest {
  readonly connection?: string;
  /** What a name begins with, in any case; everything where it is absent. */
  readonly text?: string;
  /** 1 to 200; 50 unless told. */
  readonly pageSize?: number;
  /** Where to go on: `cursor` of a page of an earlier list with the same text. */
  readonly cursor?: string;
}

export interface Client {
  login(request: LoginRequest, options?: CallOptions): Promise<LoginOutcome>;
  /** After `change_unresolved` nobody knows whether it is set: the person tries the new password, then the old one. */
  changePassword(request: PasswordChangeRequest, options?: CallOptions): Promise<PasswordChangeOutcome>;
  resetPassword(request: PasswordResetRequest, options?: CallOptions): Promise<PasswordResetOutcome>;
  /** Page after page, each with a deadline of its own. What is not `done` is the last. */
  searchUsers(request?: ListRequest, options?: CallOptions): AsyncIterable<UserPageOutcome>;
  /** Likewise. */
  listGroups(request?: ListRequest, options?: CallOptions): AsyncIterable<GroupPageOutcome>;
}

const deadlineMsByDefault = 15_000;
const triesMax = 5;
/** Before a gateway that could not be reached is tried again, and where a gateway names no time. */
const pauseMs = 500;

/** Faults after which it is certain that no directory was asked. */
const nobodyWasAsked = new Set<string>([
  "no_connector",
  "gateway_busy",
  "connector_busy",
  "connector_not_ready",
  "bus_disconnected",
]);
/** Of what may be asked twice: these will not pass. */
const lasting = new Set<string>(["internal_error", "timeout", "bad_answer"]);

/** @throws {TypeError} for an URL, a token or a deadline that cannot be one. */
export function createClient(options: ClientOptions): Client {
  const { token, deadlineMs = deadlineMsByDefault, fetch = globalThis.fetch } = options;
  const base = readBase(options);
  if (token !== undefined && !/^[!-~]{1,1024}$/.test(token)) {
    throw new TypeError("the token is empty, too long, or has characters that no header takes");
  }
  checkDeadline(deadlineMs);
  const ownHeaders = {
    "content-type": "application/json",
    accept: "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };

  return Object.freeze<Client>({
    login: (request, call) => ask("v1/login", request, call, readLogin, isHarmless),
    changePassword: (request, call) =>
      ask("v1/password/change", request, call, readPasswordChange, isHarmless),
    resetPassword: (request, call) =>
      ask("v1/password/reset", request, call, readPasswordReset, isHarmless).then(unthrottled),
    searchUsers: (request = {}, call) =>
      pages(request, (page) => ask("v1/users/search", page, call, readUserPage, mayPass).then(unthrottled)),
    listGroups: (request = {}, call) =>
      pages(request, (page) => ask("v1/groups", page, call, readGroupPage, mayPass).then(unthrottled)),
  });

  async function ask<Outcome extends Ended>(
    path: string,
    request: object,
    call: CallOptions = {},
    read: ReadAnswer<Outcome>,
    isRepeatable: (fault: Unavailable) => boolean,
  ): Promise<Outcome | CommonOutcome> {
    const withinMs = call.deadlineMs ?? deadlineMs;
    checkDeadline(withinMs);
    const untilMs = performance.now() + withinMs;
    const headers = { ...ownHeaders, ...forwarded(call.clientAddress) };
    const [url, body] = [new URL(path, base).href, JSON.stringify(request)];
    for (let tries = 1; ; tries += 1) {
      const timeoutMs = untilMs - performance.now();
      const received = await exchange({ fetch, url, headers, body, timeoutMs, signal: call.signal });
      const outcome = "outcome" in received ? received : readOutcome(received, read);
      if (!endedAs(outcome, "unavailable") || tries === triesMax || !isRepeatable(outcome)) return outcome;
      const waitMs = outcome.retryAfterMs ?? pauseMs * tries;
      if (performance.now() + waitMs >= untilMs) return outcome;
      await pause(waitMs, call.signal);
    }
  }
}

async function* pages<Outcome extends Ended & { readonly cursor?: string }>(
  request: ListRequest,
  read: (request: ListRequest) => Promise<Outcome>,
): AsyncGenerator<Outcome> {
  for (let { cursor } = request; ;) {
    const page = await read({ ...request, ...(cursor === undefined ? {} : { cursor }) });
    yield page;
    if (page.outcome !== "done" || page.cursor === undefined) return;
    ({ cursor } = page);
  }
}

/** No password was seen by a directory. */
function isHarmless(end: Unavailable): boolean {
  return isWorthAnother(end) || nobodyWasAsked.has(end.fault);
}

function mayPass(end: Unavailable): boolean {
  return end.fault === "unreachable" ? isWorthAnother(end) : !lasting.has(end.fault);
}

/** Only passwords are throttled; what says so of anything else is something in between. */
function unthrottled<Outcome extends Ended>(
  outcome: Outcome | Throttled,
): Exclude<Outcome, Throttled> | Unavailable {
  return endedAs(outcome, "throttled")
    ? { outcome: "unavailable", fault: "throttled", retryAfterMs: outcome.retryAfterMs }
    : (outcome as Exclude<Outcome, Throttled>);
}

interface Ended {
  readonly outcome: string;
}

function endedAs<Kind extends CommonOutcome["outcome"]>(
  end: Ended,
  kind: Kind,
): end is Extract<CommonOutcome, { readonly outcome: Kind }> {
  return end.outcome === kind;
}

function readBase({ url: given, allowPlainHttp = false }: ClientOptions): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new TypeError("url must be an http or https URL");
  if (url.username !== "" || url.password !== "")
    throw new TypeError("url must not have a name or a password");
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !isLoopback && !allowPlainHttp) {
    throw new TypeError("passwords would cross the network in clear: use https, or set allowPlainHttp");
  }
  url.search = url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function checkDeadline(ms: number): void {
  if (!(ms > 0 && ms <= 600_000)) throw new TypeError("deadlineMs must be above 0 and at most 600000");
}

function forwarded(address: string | undefined): Record<string, string> {
  if (address === undefined) return {};
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(address)) throw new TypeError("clientAddress must be an IP address");
  return { "x-forwarded-for": address };
}

/** @throws the reason of `signal`, once that is aborted. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    function abort(): void {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) abort();
  });
}
