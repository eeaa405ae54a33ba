/**
 * Fetches what a certificate says is elsewhere: only from hosts that the settings allow, so much and no more, for so long and no longer.
 *
 * A certificate of our own authority may still name any address, and its holder may have chosen it. So no redirect is followed, nothing of
 * the answer is shown to anybody, and by default no host is allowed at all.
 *
 * @module
 */

import { request as requestHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";

export interface FetchLimits {
  /** `host` or `host:port`, in lower case; `*` is every host. */
  readonly hosts: ReadonlySet<string>;
  readonly timeoutMs: number;
}

export type FetchFailure = "host_not_allowed" | "unreachable" | "timeout" | "too_large" | "bad_status";

export type Fetched =
  { readonly kind: "body"; readonly bytes: Buffer } | { readonly kind: "failed"; readonly why: FetchFailure };

export interface FetchRequest {
  readonly url: URL;
  readonly bytesMax: number;
  /** Posted where it is there. */
  readonly question?: { readonly type: string; readonly body: Buffer };
}

/** The URLs that can be fetched at all: HTTP, nobody's name and password in it. */
export function fetchableUrls(places: readonly string[]): readonly URL[] {
  return places.flatMap((place) => {
    const url = URL.parse(place);
    const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
    return url !== null && isWeb && url.username === "" && url.password === "" ? [url] : [];
  });
}

export function isAllowed({ hostname, host, port, protocol }: URL, hosts: ReadonlySet<string>): boolean {
  const usualPort = protocol === "https:" ? "443" : "80";
  const isUsual = port === "";
  return (
    hosts.has("*") ||
    (isUsual ? hosts.has(hostname) || hosts.has(`${hostname}:${usualPort}`) : hosts.has(host))
  );
}

export async function fetchBounded(
  { url, bytesMax, question }: FetchRequest,
  { hosts, timeoutMs }: FetchLimits,
): Promise<Fetched> {
  if (!isAllowed(url, hosts)) return { kind: "failed", why: "host_not_allowed" };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(url, question, signal);
    if (response.statusCode !== 200) {
      response.destroy();
      return { kind: "failed", why: "bad_status" };
    }
    return await readBody(response, bytesMax);
  } catch {
    return { kind: "failed", why: signal.aborted ? "timeout" : "unreachable" };
  }
}

function send(url: URL, question: FetchRequest["question"], signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const headers = {
      connection: "close",
      ...(question === undefined
        ? {}
        : { "content-type": question.type, "content-length": question.body.length }),
    };
    request(url, { method: question === undefined ? "GET" : "POST", headers, signal, agent: false })
      .once("response", resolve)
      .once("error", reject)
      .end(question?.body);
  });
}

async function readBody(response: IncomingMessage, bytesMax: number): Promise<Fetched> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) throw new Error("a response without bytes");
    size += chunk.length;
    if (size > bytesMax) return { kind: "failed", why: "too_large" };
    chunks.push(chunk);
  }
  return { kind: "body", bytes: Buffer.concat(chunks) };
}
