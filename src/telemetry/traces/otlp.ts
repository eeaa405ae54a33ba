/**
 * Spans as the body of an OTLP request, in its JSON form.
 *
 * Ids are in hexadecimal there, numbers of 64 bits are text, and enumerations are numbers.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @module
 */

import type { Span, SpanKind } from "./span.ts";

/** Of a process; the same in all of its requests. */
export interface Resource {
  readonly "service.name": string;
  readonly "service.version": string;
  readonly "service.instance.id": string;
}

const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };
const statusError = 2;
/** The trace is kept, and so are its parts. */
const sampledFlag = 1;

export function encodeSpans(spans: readonly Span[], resource: Resource): string {
  const scope = { name: "drawbridge", version: resource["service.version"] };
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(resource) },
        scopeSpans: [{ scope, spans: spans.map(encodeSpan) }],
      },
    ],
  });
}

function encodeSpan(span: Span) {
  const { traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, fault } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    flags: sampledFlag,
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: encodeAttributes(attributes),
    status: fault === undefined ? {} : { code: statusError, message: fault },
  };
}

function encodeAttributes(attributes: object) {
  return Object.entries(attributes).flatMap(([key, value]) => {
    const encoded = encodeValue(value);
    return encoded === undefined ? [] : [{ key, value: encoded }];
  });
}

function encodeValue(value: unknown) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return undefined;
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** A number of nanoseconds since 1970 is beyond what a number of JavaScript holds; one of microseconds is not. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1_000)}000`;
}
