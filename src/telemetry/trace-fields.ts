/**
 * An attempt's trace as fields of a log record.
 *
 * @module
 */

import type { AttemptTrace } from "../login/attempt-trace.ts";

export function traceFields(trace: AttemptTrace | undefined): Readonly<Record<string, unknown>> {
  if (trace === undefined) return {};
  const phasesMs = Object.entries(trace.phasesMs).map(([phase, ms]) => [phase, Math.round(10 * ms) / 10]);
  return {
    phasesMs: Object.fromEntries(phasesMs),
    ldapCode: trace.answer?.code,
    ldapSubCode: trace.answer?.subCode,
  };
}
