/**
 * One address with several servers behind it, each of which gets every so-many-th request: as a balancer without any memory of who
 * talked to whom. A server that does not answer is passed over.
 *
 * @module
 */

import { Agent, createServer, request as sendRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";

export interface TurnTakingProxy extends AsyncDisposable {
  readonly url: string;
  /** `http://host:port` of those behind, in their order; may be changed at any time. */
  servers: readonly string[];
  /** Requests that came. */
  readonly requests: number;
  /** How many answers came from each. */
  readonly answers: ReadonlyMap<string, number>;
}

/** More than a gateway takes. */
const headerBytesMax = 131_072;

export async function startTurnTakingProxy(host: string, port: number): Promise<TurnTakingProxy> {
  const answers = new Map<string, number>();
  const agent = new Agent({ keepAlive: false });
  let turn = 0;
  let requests = 0;
  const server = createServer(
    { maxHeaderSize: headerBytesMax },
    (request, response) => void pass(request, response),
  );
  server.listen({ host, port });
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy listens nowhere");

  const proxy: TurnTakingProxy = {
    url: `http://${host}:${address.port}`,
    servers: [],
    answers,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    requests += 1;
    for (let tries = 0; tries < proxy.servers.length; tries += 1) {
      const target = proxy.servers[turn++ % proxy.servers.length] ?? "";
      const answer = await ask(target, request, body);
      if (answer === undefined) continue;
      answers.set(target, (answers.get(target) ?? 0) + 1);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      return;
    }
    response.writeHead(502).end("nobody is behind this proxy");
  }

  function ask(target: string, request: IncomingMessage, body: Buffer): Promise<IncomingMessage | undefined> {
    return new Promise((resolve) => {
      sendRequest(`${target}${request.url ?? ""}`, {
        agent,
        method: request.method ?? "GET",
        headers: request.headers,
      })
        .once("response", resolve)
        .once("error", () => resolve(undefined))
        .end(body);
    });
  }
}
