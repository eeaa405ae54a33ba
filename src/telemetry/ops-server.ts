/**
 * The port for operators: `/metrics`, `/healthz` and `/readyz`.
 *
 * Health says that the process lives; nothing remote can make it false, or an outage of the directory would restart every replica.
 * Readiness says whether logins can be served, and why not.
 *
 * @module
 */

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

export interface Readiness {
  readonly ready: boolean;
  /** Each part by name, and whether it is ready: `nats`, or a connection. */
  readonly parts: Readonly<Record<string, boolean>>;
}

export interface OpsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly readiness: () => Readiness;
}

export interface OpsServer extends AsyncDisposable {
  readonly port: number;
}

const requestTimeoutMs = 5_000;
const connectionsMax = 64;
const headerBytesMax = 8_192;

/** @throws {Error} when the port cannot be listened on. */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs,
      maxHeaderSize: headerBytesMax,
    },
    (request, response) => void answer(request, response, options),
  );
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: OpsServerOptions,
): Promise<void> {
  const { metrics, readiness } = options;
  request.resume();
  if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405, "GET only\n");
  switch (request.url) {
    case "/healthz":
      return end(response, 200, "ok\n");
    case "/readyz": {
      const state = readiness();
      return end(response, state.ready ? 200 : 503, `${JSON.stringify(state)}\n`, "application/json");
    }
    case "/metrics": {
      const asksForNewer = request.headers.accept?.includes("application/openmetrics-text") === true;
      const format = asksForNewer ? metrics.openMetrics : metrics;
      return end(response, 200, await format.render(), format.contentType);
    }
    default:
      return end(response, 404, "/metrics, /healthz or /readyz\n");
  }
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}
