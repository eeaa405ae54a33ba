/**
 * `fetch` to a server under a name that no resolver knows, with an authority that nobody else trusts.
 *
 * @module
 */

import { request as sendRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import type { CustomFetch } from "openid-client";

export interface ServerOptions {
  /** Where every name leads. */
  readonly address: string;
  /** PEM. */
  readonly ca: string;
}

export function createHttpsFetch({ address, ca }: ServerOptions): CustomFetch {
  return async (url, { method, headers, body }) => {
    const { hostname, port, pathname, search } = new URL(url);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sendRequest({
        host: address,
        port,
        servername: hostname,
        path: pathname + search,
        method,
        headers: { ...headers, host: `${hostname}:${port}` },
        ca,
        agent: false,
      })
        .once("response", resolve)
        .once("error", reject)
        .end(textOf(body));
    });
    const chunks: Buffer[] = await response.toArray();
    const pairs = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
    return new Response(Buffer.concat(chunks), {
      status: response.statusCode ?? 0,
      headers: pairs.map(([name, value]) => [name, value]),
    });
  };
}

function textOf(body: unknown): string {
  return body === undefined || body === null ? "" : String(body);
}
