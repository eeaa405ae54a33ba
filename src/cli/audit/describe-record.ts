/**
 * A record of the audit as one line for a person.
 *
 * @module
 */

import type { LogRecord } from "../explain/read-records.ts";

const whoFields = ["username", "account", "subject", "query"] as const;
const toldFields: ReadonlySet<string> = new Set([
  ...whoFields,
  "v",
  "act",
  "time",
  "program",
  "replica",
  "seq",
  "connection",
  "method",
  "outcome",
  "reason",
  "ms",
  "address",
]);
const actWidth = 15;

export function describeRecord({ time, msg, fields, program, phasesMs }: LogRecord): string {
  const { connection, method, outcome, reason = "none", ms, address } = fields;
  const who = whoFields.flatMap((field) => fields[field] ?? []);
  const end = reason === "none" ? outcome : `${outcome} (${reason})`;
  const rest = Object.entries(fields).flatMap(([name, value]) =>
    toldFields.has(name) ? [] : [`${name}=${value}`],
  );
  const phases = [...phasesMs].map(([phase, spent]) => `${phase}=${spent}ms`);
  return [
    time,
    msg.padEnd(actWidth),
    ...[connection, method, ...new Set(who)].flatMap((part) => part ?? []),
    ...(address === undefined ? [] : [`from ${address}`]),
    ...(end === undefined ? [program] : [`${end}${ms === undefined ? "" : ` in ${ms} ms`}`]),
    ...phases,
    ...rest,
  ].join(" ");
}
