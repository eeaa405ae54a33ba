/**
 * Where spans are sent: one request after another, each within its time.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @module
 */

import { Agent as HttpAgent, request as sendHttp } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as sendHttps } from "node:https";

export interface CollectorOptions {
  readonly endpoint: string;
  /** PEM; the system's authorities without it. */
  readonly ca: string | undefined;
  /** Asked for each request. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export type CollectorAnswer =
  | { readonly kind: "taken" }
  /** It will never take these. */
  | { readonly kind: "refused"; readonly why: string }
  /** Nobody answered, or it says that it can be asked again. */
  | { readonly kind: "unavailable"; readonly why: string };

export interface Collector extends Disposable {
  /** Never rejects. */
  send(body: string): Promise<CollectorAnswer>;
}

const againStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function createCollector({ endpoint, ca, headers, timeoutMs }: CollectorOptions): Collector {
  const isHttps = new URL(endpoint).protocol === "https:";
  const kept = { keepAlive: true, maxSockets: 1 };
  const agent = isHttps ? new HttpsAgent({ ...kept, ...(ca !== undefined && { ca }) }) : new HttpAgent(kept);
  const start = isHttps ? sendHttps : sendHttp;
  return {
    async send(body) {
      const signal = AbortSignal.timeout(timeoutMs);
      const length = Buffer.byteLength(body);
      const own = { "content-type": "application/json", "content-length": length };
      const options: RequestOptions = { method: "POST", agent, signal, headers: { ...headers(), ...own } };
      try {
        const response = await answerTo(start(endpoint, options), body);
        return judge(response.statusCode ?? 0);
      } catch (error) {
        return { kind: "unavailable", why: signal.aborted ? "timeout" : codeOf(error) };
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Nothing in its body matters, so that is read only for the connection to be free again. */
function answerTo(request: ReturnType<typeof sendHttp>, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request
      .once("response", (response) => {
        response.once("end", () => resolve(response)).once("error", reject);
        response.resume();
      })
      .once("error", reject)
      .end(body);
  });
}

function judge(status: number): CollectorAnswer {
  if (status >= 200 && status < 300) return { kind: "taken" };
  const why = `status_${status}`;
  return againStatuses.has(status) ? { kind: "unavailable", why } : { kind: "refused", why };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
