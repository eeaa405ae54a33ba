/**
 * The traces of a program. Loaded only where the settings want them.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { readTracesSecrets } from "../config/secrets.ts";
import type { TracesSecrets } from "../config/secrets.ts";
import type { TracesConfig } from "../config/traces-schema.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { DeliveryQueue } from "../telemetry/delivery-queue.ts";
import type { Events } from "../telemetry/events.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { traceEvents } from "../telemetry/trace-events.ts";
import { createCollector } from "../telemetry/traces/collector.ts";
import type { Collector } from "../telemetry/traces/collector.ts";
import { encodeSpans } from "../telemetry/traces/otlp.ts";
import type { Span } from "../telemetry/traces/span.ts";
import { tracedEvents } from "../telemetry/traces/traced-events.ts";
import { Tracer } from "../telemetry/traces/tracer.ts";
import { watchKeys } from "./renew-keys.ts";
import { version } from "./version.ts";

export interface TracesOptions {
  readonly program: "connector" | "gateway";
  readonly id: ProcessId;
  readonly settings: TracesConfig;
  readonly secrets: TracesSecrets;
  /** Told of what becomes of the spans. */
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Traces extends AsyncDisposable {
  readonly tracer: Tracer;
  /** The same events, traced. */
  trace(events: Events): Events;
  /** Takes over what changes in the files of the settings, until it is disposed. */
  renewSecrets(events: Events): Disposable;
}

/** A request for each login would cost as much as half a login. */
const gatherMs = 200;
/** For the last spans to reach the collector. */
const closeTimeoutMs = 1_000;
/** As far as the machine's wall clock may have gone from where the finer one thinks that it is. */
const clockDriftMaxMs = 5;

export function openTraces({ program, id, settings, secrets, log, metrics }: TracesOptions): Traces {
  const told = traceEvents(log, metrics);
  let collector = collectorOf(settings, secrets);
  const resource = {
    "service.name": `drawbridge-${program}`,
    "service.version": version(),
    "service.instance.id": id,
  };
  const dropped = (count: number): void => told.spansDropped({ count });
  const queue = new DeliveryQueue<Span>({
    waitingMax: settings.waitingMax,
    gatherMs,
    lost: dropped,
    kept: () => undefined,
    async deliver(spans) {
      const answer = await collector.send(encodeSpans(spans, resource));
      if (answer.kind === "taken") told.spansTaken({ count: spans.length });
      else told.collectorFailed({ why: answer.why });
      if (answer.kind === "refused") dropped(spans.length);
      return answer.kind !== "unavailable";
    },
  });
  const tracer = new Tracer({
    ratio: settings.ratio,
    take: (spans) => spans.forEach((span) => queue.take(span)),
    dropped,
    now: () => performance.now(),
    wallClock: fineWallClock,
    randomBytes,
  });
  return {
    tracer,
    trace: (events) => tracedEvents(events, tracer),
    renewSecrets: (events) =>
      watchKeys("collector", {
        setting: "traces",
        events,
        start: secrets,
        read: (files) => readTracesSecrets(settings, files),
        take(renewed) {
          collector[Symbol.dispose]();
          collector = collectorOf(settings, renewed);
          return {};
        },
      }),
    async [Symbol.asyncDispose]() {
      await queue.close(closeTimeoutMs);
      collector[Symbol.dispose]();
    },
  };
}

function collectorOf({ endpoint, headers, timeout }: TracesConfig, secrets: TracesSecrets): Collector {
  return createCollector({
    endpoint,
    ca: secrets.ca,
    timeoutMs: timeout,
    headers: () =>
      Object.fromEntries(headers.map(({ name }, index) => [name, secrets.headers[index]?.reveal() ?? ""])),
  });
}

/** The steps of a login are shorter than the wall clock's own. */
function fineWallClock(): number {
  const fineMs = performance.timeOrigin + performance.now();
  const wallMs = Date.now();
  return Math.abs(fineMs - wallMs) <= clockDriftMaxMs ? fineMs : wallMs;
}
