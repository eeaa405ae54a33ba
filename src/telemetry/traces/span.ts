/**
 * One step of a trace.
 *
 * What a span may say is a closed list, and nothing in it says whose login it was: ids of attempts and processes, names from the
 * settings, outcomes and reasons.
 *
 * @module
 */

export interface Span {
  /** 16 bytes in hexadecimal. */
  readonly traceId: string;
  /** 8 bytes in hexadecimal. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: SpanName;
  readonly kind: SpanKind;
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  /** Why the step could not be done; what somebody was denied for is an answer and no fault. */
  readonly fault?: string;
}

/**
 * `login` and `operation` are what was asked at the gateway, `throttle`, `claim`, `grant` and `cache` its steps; `verify` is what a
 * replica did with a grant, and below it are its phases.
 */
export const spanNames = [
  "login",
  "operation",
  "throttle",
  "claim",
  "grant",
  "cache",
  "verify",
  "searching",
  "binding",
  "enriching",
] as const;
export type SpanName = (typeof spanNames)[number];

/** What happens between two programs has a `client` and a `server`. */
export type SpanKind = "internal" | "server" | "client";

export const attributeNames = [
  "drawbridge.attempt",
  "drawbridge.connection",
  "drawbridge.method",
  "drawbridge.outcome",
  "drawbridge.reason",
  "drawbridge.source",
  "drawbridge.grants",
  "drawbridge.replica",
  "drawbridge.controller",
  "drawbridge.suspected",
  "drawbridge.ldap_code",
  "drawbridge.ldap_sub_code",
] as const;
export type AttributeName = (typeof attributeNames)[number];

/** What is undefined is not said. */
export type SpanAttributes = Readonly<Partial<Record<AttributeName, string | number | boolean | undefined>>>;
