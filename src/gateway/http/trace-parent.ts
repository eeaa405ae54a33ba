/**
 * Requests that belong to a trace already.
 *
 * Only those of whom the settings say so are believed: a stranger could else have each of its requests traced, in whatever trace it
 * likes. Counted is the address that connects, not what a proxy says of its client.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 * @module
 */

import type { IncomingMessage } from "node:http";
import type { AttemptId } from "../../login/attempt.ts";
import { parseTraceparent } from "../../login/trace-context.ts";
import type { Events } from "../../telemetry/events.ts";
import type { TrustedProxies } from "./client-certificate.ts";

export interface TraceParentOptions {
  /** Whose word on a trace counts; without it, nobody's. */
  readonly traceParents?: TrustedProxies;
  readonly events: Events;
}

export function continueTrace(
  { headers: { traceparent }, socket }: IncomingMessage,
  attempt: AttemptId,
  { traceParents, events }: TraceParentOptions,
): void {
  if (typeof traceparent !== "string" || traceParents?.has(socket.remoteAddress) !== true) return;
  const parent = parseTraceparent(traceparent);
  if (parent !== undefined) events.traceContinued({ attempt, parent });
}
