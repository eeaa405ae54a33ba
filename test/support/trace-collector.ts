/**
 * A collector of traces: takes OTLP over HTTP, in JSON, and keeps what it was sent. What is not exactly that form is an error.
 *
 * @module
 */

import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { findFreeAddress } from "./loopback.ts";

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  /** Microseconds since 1970. */
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** 0 unset, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
  /** Of the process that sent it. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
}

export interface TraceCollector extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** Everything that came, as it was written. */
  readonly texts: readonly string[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** The trace's spans, once they are so many that `isWhole`. @throws {Error} when the time is over. */
  findTrace(
    traceId: string,
    isWhole: (spans: readonly ReceivedSpan[]) => boolean,
  ): Promise<readonly ReceivedSpan[]>;
  /** What it answers from now on; 200 at first. Nothing at all where it is frozen. */
  answerWith(status: number | "frozen"): void;
}

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${2 * bytes}}$`));
const attributes = z.array(
  z.strictObject({
    key: z.string(),
    value: z.union([
      z.strictObject({ stringValue: z.string() }),
      z.strictObject({ boolValue: z.boolean() }),
      z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
      z.strictObject({ doubleValue: z.number() }),
    ]),
  }),
);
const nanoseconds = z.string().regex(/^\d{19}$/);
const requestSchema = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string() }),
          spans: z.array(
            z.strictObject({
              traceId: hex(16),
              spanId: hex(8),
              parentSpanId: hex(8).optional(),
              flags: z.int(),
              name: z.string(),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: nanoseconds,
              endTimeUnixNano: nanoseconds,
              attributes,
              status: z.strictObject({
                code: z.int().min(0).max(2).default(0),
                message: z.string().default(""),
              }),
            }),
          ),
        }),
      ),
    }),
  ),
});

const port = 4318;
const path = "/v1/traces";
const findTimeoutMs = 30_000;
const pollMs = 10;

export async function startTraceCollector(): Promise<TraceCollector> {
  const address = await findFreeAddress([port]);
  const [spans, texts, headers]: [ReceivedSpan[], string[], IncomingHttpHeaders[]] = [[], [], []];
  let status: number | "frozen" = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      headers.push(request.headers);
      if (status === "frozen") return;
      const text = Buffer.concat(chunks).toString("utf8");
      if (status === 200) texts.push(text);
      const isRight = request.method === "POST" && request.url === path;
      if (status === 200 && isRight) spans.push(...readSpans(text));
      answer(response, isRight ? status : 404);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return {
    endpoint: `http://${address}:${port}${path}`,
    spans,
    texts,
    headers,
    async findTrace(traceId, isWhole) {
      const giveUpAt = performance.now() + findTimeoutMs;
      for (;;) {
        const found = spans.filter((span) => span.traceId === traceId);
        if (isWhole(found)) return found;
        if (performance.now() > giveUpAt) throw new Error(`not the whole trace: ${JSON.stringify(found)}`);
        await sleep(pollMs);
      }
    },
    answerWith(next) {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/json" }).end("{}");
}

function readSpans(text: string): readonly ReceivedSpan[] {
  return requestSchema.parse(JSON.parse(text)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        kind: span.kind,
        startUs: Number(BigInt(span.startTimeUnixNano) / 1_000n),
        endUs: Number(BigInt(span.endTimeUnixNano) / 1_000n),
        attributes: readAttributes(span.attributes),
        status: span.status,
        resource: readAttributes(resource.attributes),
      })),
    ),
  );
}

function readAttributes(list: z.infer<typeof attributes>): ReceivedSpan["attributes"] {
  return Object.fromEntries(
    list.map(({ key, value }) => {
      if ("stringValue" in value) return [key, value.stringValue];
      if ("boolValue" in value) return [key, value.boolValue];
      return [key, "intValue" in value ? Number(value.intValue) : value.doubleValue];
    }),
  );
}
