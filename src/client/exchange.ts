/**
 * One request over `fetch`, and what came of it. No error of a network gets out of here, and nothing of the request into an outcome.
 *
 * @module
 */

import type { Unavailable } from "./outcomes.ts";
import type { Received } from "./read-answer.ts";

/** As much of `fetch` as is needed: the platform's own, undici's, or one of a test. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

export interface FetchInit {
  readonly method: "POST";
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface Exchange {
  readonly fetch: Fetch;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly timeoutMs: number;
  /** The caller's own. */
  readonly signal: AbortSignal | undefined;
}

/** Codes of Node's `fetch` and sockets for connections that never were. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
const untrusted = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
const answerLengthMax = 1_048_576;

/** @throws the reason of `signal`, once that is aborted; nothing else. */
export async function exchange(asked: Exchange): Promise<Received | Unavailable> {
  asked.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(asked.timeoutMs)));
  const signal = asked.signal === undefined ? timeout : AbortSignal.any([asked.signal, timeout]);
  try {
    return await unlessAborted(receive(asked, signal), signal);
  } catch (error) {
    asked.signal?.throwIfAborted();
    if (timeout.aborted) return { outcome: "unavailable", fault: "timeout" };
    const code = codeOf(error);
    const fault = neverConnected.test(code) || untrusted.test(code) ? "unreachable" : "interrupted";
    return { outcome: "unavailable", fault, ...(code === "" ? {} : { detail: code }) };
  }
}

/** Connections that were refused may be open again in a moment; a certificate that is not trusted stays so. */
export function isWorthAnother({ fault, detail = "" }: Unavailable): boolean {
  return fault === "unreachable" && neverConnected.test(detail);
}

async function receive({ fetch, url, headers, body }: Exchange, signal: AbortSignal): Promise<Received> {
  const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
  const { status } = response;
  const length = Number(response.headers.get("content-length") ?? 0);
  const text = length > answerLengthMax ? "" : await response.text();
  return { status, body: parse(text), retryAfterMs: retryAfterMsOf(response.headers.get("retry-after")) };
}

/** Also where a `fetch` that somebody brought does not mind the signal. */
function unlessAborted<Value>(running: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error("aborted"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds, as gateways say it. */
function retryAfterMsOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

/** Of the error or of its cause, where Node's `fetch` has it. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string" && /^[A-Z][A-Z_]+$/.test(error.code))
    return error.code;
  return "cause" in error ? codeOf(error.cause) : "";
}
