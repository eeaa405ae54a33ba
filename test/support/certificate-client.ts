/**
 * A program that logs in with a client certificate, or says that a proxy saw one.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { IssuedCertificate } from "./certificate-authority.ts";
import type { LoginAnswer } from "./drawbridge.ts";

const timeoutMs = 30_000;

export interface Shown {
  readonly certificate: IssuedCertificate;
  /** Authorities that it sends along. */
  readonly chain?: readonly IssuedCertificate[];
}

/** @param ca  PEM, for the server's own certificate. @param shown  Nothing is shown where it is absent. */
export async function postWithCertificate(url: string, ca: string, shown?: Shown): Promise<LoginAnswer> {
  const identity = shown && {
    cert: [shown.certificate, ...(shown.chain ?? [])].map(({ pem }) => pem).join("\n"),
    key: await readFile(shown.certificate.keyFile, "utf8"),
  };
  return read(() =>
    requestHttps(url, {
      method: "POST",
      ca,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...identity,
    }),
  );
}

/** As a proxy does that ended the handshake itself, or somebody who only says so. @see RFC 9440 */
export function postForwarded(
  url: string,
  headers: Readonly<Record<string, string>>,
  localAddress: string,
): Promise<LoginAnswer> {
  return read(() =>
    requestHttp(url, {
      method: "POST",
      headers,
      localAddress,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    }),
  );
}

export function clientCertHeader({ der }: IssuedCertificate): string {
  return `:${der.toString("base64")}:`;
}

async function read(send: () => ClientRequest): Promise<LoginAnswer> {
  const startedAt = performance.now();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    send().once("response", resolve).once("error", reject).end();
  });
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: JSON.parse(text),
    tookMs: performance.now() - startedAt,
  };
}
