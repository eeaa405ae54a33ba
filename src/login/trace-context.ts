/**
 * Where a step stands in a trace, as one program tells the next.
 *
 * It decides nothing: whoever can write one can at most put steps into a trace in which they do not belong.
 *
 * @see https://www.w3.org/TR/trace-context/ — version 00
 * @module
 */

export interface TraceContext {
  /** 16 bytes in hexadecimal. */
  readonly traceId: string;
  /** Of the step that the next one belongs to: 8 bytes in hexadecimal. */
  readonly spanId: string;
  /** Whether the trace is kept. */
  readonly sampled: boolean;
}

/** Ids of zeros alone are none. */
const traceparentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** @returns undefined for whatever is not exactly the 55 characters of this version. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, traceId, spanId, flags] = traceparentPattern.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
