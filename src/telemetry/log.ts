/**
 * The log: one JSON line an event, on standard output.
 *
 * What is logged within one turn of the event loop is written at once: each write costs a system call, which under load was a tenth
 * of all CPU. A warning or an error does not wait, nor does what was logged before it.
 *
 * @module
 */

import { pino } from "pino";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export type Log = Readonly<
  Record<LogLevel, (event: string, fields: Readonly<Record<string, unknown>>) => void>
>;

export interface ProgramLog extends Log {
  /** Writes what waits; for a process that ends. */
  readonly flush: () => void;
}

/** Characters. */
const waitingMax = 8_192;

/** @param base  Stands in every line: which program, which replica. */
export function createLog(level: LogLevel, base: Readonly<Record<string, string>>): ProgramLog {
  const output = pino.destination({ dest: 1, sync: true });
  let waiting = "";
  const options = {
    level,
    base,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = pino(options, {
    write: (line) => {
      waiting += line;
      if (waiting.length > waitingMax) flush();
    },
  });
  let isDue = false;
  // Not by the destination's own waiting and flushing: that asks for an fsync each time, which takes long where the output is a file.
  const flush = (): void => {
    isDue = false;
    if (waiting !== "") output.write(waiting);
    waiting = "";
  };
  const soon = (): void => {
    if (!isDue) setImmediate(flush);
    isDue = true;
  };
  const at = (own: LogLevel, afterwards: () => void): Log[LogLevel] =>
    logger.isLevelEnabled(own)
      ? (event, fields) => {
          logger[own](fields, event);
          afterwards();
        }
      : () => {};
  return {
    debug: at("debug", soon),
    info: at("info", soon),
    warn: at("warn", flush),
    error: at("error", flush),
    flush,
  };
}
