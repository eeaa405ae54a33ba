/**
 * Log records of one attempt, from files or standard input: JSON lines, of whichever program, in any order.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** As much of a record as every one has, and the rest. */
export interface LogRecord {
  readonly attempt: string | undefined;
  /** What happened: the log's message, or the audit's act. */
  readonly msg: string;
  readonly time: string;
  readonly program: string;
  readonly replica: string;
  /** All that is text, a number, a truth or a list, as text. */
  readonly fields: Readonly<Record<string, string>>;
  readonly phasesMs: ReadonlyMap<string, number>;
}

/** One login has a dozen. */
const recordsMax = 1_000;
const lineLengthMax = 65_536;

/** @throws the stream's error. */
export async function readRecords(attempt: string, source: Readable): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const line of createInterface({ input: source, crlfDelay: Infinity })) {
    if (line.length > lineLengthMax || !line.includes(attempt)) continue;
    const record = parseRecord(line);
    if (record?.attempt === attempt && records.length < recordsMax) records.push(record);
  }
  return records;
}

export function openLog(file: string): Readable {
  return createReadStream(file, { encoding: "utf8" });
}

/** Of a log or of the audit. What a container's runtime puts in front of a line is passed over. */
export function parseRecord(line: string): LogRecord | undefined {
  const object = parseObject(line.slice(line.indexOf("{")));
  const told = Object.entries(object).filter(([, value]) => isScalar(value) || Array.isArray(value));
  const fields = Object.fromEntries(told.map(([name, value]) => [name, String(value)]));
  const { attempt, act, msg = act, time = "", program = "a program", replica = "" } = fields;
  if (msg === undefined || Number.isNaN(Date.parse(time))) return undefined;
  const phases = Object.entries(asObject(object["phasesMs"])).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  return { attempt, msg, time, program, replica, fields, phasesMs: new Map(phases) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
