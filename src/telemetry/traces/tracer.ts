/**
 * The traces of the requests under way: which are kept, and what each has gone through so far.
 *
 * A trace that nobody began elsewhere has the 128 bits of its attempt as its id, so that either is found by the other. Its steps are
 * written down when they end, and handed on together when the request does.
 *
 * @module
 */

import type { AttemptId } from "../../login/attempt.ts";
import type { MonotonicClock } from "../../login/deadline.ts";
import { remember } from "../../login/remember.ts";
import { formatTraceparent } from "../../login/trace-context.ts";
import type { TraceContext } from "../../login/trace-context.ts";
import type { Log, LogLevel } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Span } from "./span.ts";

export interface TracerOptions {
  /** Of the requests that nobody decided about before, so many are kept: 0 to 1. */
  readonly ratio: number;
  /** Takes the spans of a request that has ended, without waiting for anything. */
  readonly take: (spans: readonly Span[]) => void;
  /** So many spans will never be told. */
  readonly dropped: (count: number) => void;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970, as fine as the machine has them. */
  readonly wallClock: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

/** A step that ends now. */
export interface EndedStep extends Pick<Span, "name" | "kind" | "attributes" | "fault"> {
  readonly ms: number;
}

interface OpenTrace {
  readonly traceId: string;
  readonly parentSpanId: string | undefined;
  readonly spanId: string;
  readonly sampled: boolean;
  /** By the wall clock, and by the monotonic one at the same moment. */
  readonly startedAt: { readonly wallMs: number; readonly ms: number };
  readonly spans: Span[];
  /** Of a step that another program was told of while it is under way. */
  toldSpanId: string | undefined;
}

/** Requests under way at once; many times what a gateway takes. */
const openMax = 16_384;
/** Of a trace's id, in hexadecimal: they decide whether it is kept. 52 bits are what a number holds exactly. */
const decidingDigits = 13;

export class Tracer {
  readonly #options: TracerOptions;
  readonly #open = new Map<string, OpenTrace>();

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  /** Whoever asked has begun the trace, and decided whether it is kept. */
  continued(attempt: AttemptId, { traceId, spanId, sampled }: TraceContext): void {
    this.#begin(attempt, traceId, spanId, sampled);
  }

  begun(attempt: AttemptId): void {
    if (this.#open.has(attempt)) return;
    const traceId = Buffer.from(attempt, "base64url").toString("hex");
    if (this.#isKept(traceId)) this.#begin(attempt, traceId, undefined, true);
  }

  /** The same log; records of a request that is traced and under way have the trace's id. */
  tee(log: Log): Log {
    const tell =
      (level: LogLevel): Log[LogLevel] =>
      (event, fields) => {
        const { attempt } = fields;
        const trace = typeof attempt === "string" ? this.#kept(attempt) : undefined;
        log[level](event, trace === undefined ? fields : { ...fields, trace_id: trace.traceId });
      };
    return { debug: tell("debug"), info: tell("info"), warn: tell("warn"), error: tell("error") };
  }

  /** The same metrics; exemplars of such a request have it too. */
  teeMetrics(metrics: Metrics): Metrics {
    return {
      ...metrics,
      observe: (name, labels, seconds, exemplar) => {
        const trace = exemplar === undefined ? undefined : this.#kept(exemplar.attempt);
        const told =
          trace === undefined || exemplar === undefined ? exemplar : { ...exemplar, trace_id: trace.traceId };
        metrics.observe(name, labels, seconds, told);
      },
    };
  }

  /** What to tell the program that takes the next step; the next step that ends is that one. */
  traceparent(attempt: AttemptId): string | undefined {
    const trace = this.#kept(attempt);
    if (trace === undefined) return undefined;
    trace.toldSpanId = this.#newSpanId();
    return formatTraceparent({ traceId: trace.traceId, spanId: trace.toldSpanId, sampled: true });
  }

  /** A step of the request has ended. */
  ended(attempt: AttemptId, step: EndedStep): void {
    const trace = this.#kept(attempt);
    if (trace === undefined) return;
    const spanId = trace.toldSpanId ?? this.#newSpanId();
    trace.toldSpanId = undefined;
    const endMs = this.#timeIn(trace);
    const startMs = Math.max(trace.startedAt.wallMs, endMs - step.ms);
    trace.spans.push(
      spanOf(step, { traceId: trace.traceId, spanId, parentSpanId: trace.spanId }, startMs, endMs),
    );
  }

  /** The request itself has ended, and all its steps. */
  answered(attempt: AttemptId, step: Omit<EndedStep, "ms">): void {
    const trace = this.#kept(attempt);
    this.#open.delete(attempt);
    if (trace === undefined) return;
    const { traceId, spanId, parentSpanId } = trace;
    const root = spanOf(step, { traceId, spanId, parentSpanId }, trace.startedAt.wallMs, this.#timeIn(trace));
    this.#options.take([root, ...trace.spans]);
  }

  /**
   * What was done here for a step of another program's has ended.
   * @param parts  Of it, one after the other from its beginning.
   */
  performed(parent: TraceContext, step: EndedStep, parts: readonly EndedStep[]): void {
    if (!parent.sampled) return;
    const { traceId } = parent;
    const endMs = this.#options.wallClock();
    const startMs = endMs - step.ms;
    const spanId = this.#newSpanId();
    let fromMs = startMs;
    const within = parts.map((part) => {
      const untilMs = Math.min(endMs, fromMs + part.ms);
      const ids = { traceId, spanId: this.#newSpanId(), parentSpanId: spanId };
      const span = spanOf(part, ids, fromMs, untilMs);
      fromMs = untilMs;
      return span;
    });
    const whole = spanOf(step, { traceId, spanId, parentSpanId: parent.spanId }, startMs, endMs);
    this.#options.take([whole, ...within]);
  }

  #begin(attempt: AttemptId, traceId: string, parentSpanId: string | undefined, sampled: boolean): void {
    const { now, wallClock, dropped } = this.#options;
    const trace: OpenTrace = {
      traceId,
      parentSpanId,
      spanId: this.#newSpanId(),
      sampled,
      startedAt: { wallMs: wallClock(), ms: now() },
      spans: [],
      toldSpanId: undefined,
    };
    if (this.#open.size >= openMax) dropped(1);
    remember(this.#open, attempt, trace, openMax);
  }

  #kept(attempt: string): OpenTrace | undefined {
    const trace = this.#open.get(attempt);
    return trace?.sampled === true ? trace : undefined;
  }

  /** The same in every gateway. */
  #isKept(traceId: string): boolean {
    const deciding = Number.parseInt(traceId.slice(-decidingDigits), 16);
    return deciding / 16 ** decidingDigits < this.#options.ratio;
  }

  /** By one clock within a trace, whatever is done to the other meanwhile. */
  #timeIn({ startedAt }: OpenTrace): number {
    return startedAt.wallMs + this.#options.now() - startedAt.ms;
  }

  #newSpanId(): string {
    return this.#options.randomBytes(8).toString("hex");
  }
}

function spanOf(
  { name, kind, attributes, fault }: Omit<EndedStep, "ms">,
  {
    traceId,
    spanId,
    parentSpanId,
  }: Pick<Span, "traceId" | "spanId"> & { readonly parentSpanId: string | undefined },
  startMs: number,
  endMs: number,
): Span {
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind,
    startMs,
    endMs,
    attributes,
    ...(fault === undefined ? {} : { fault }),
  };
}
