/**
 * The log: one JSON line an event, on standard output.
 *
 * @module
 */

import { pino } from "pino";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export type Log = Readonly<
  Record<LogLevel, (event: string, fields: Readonly<Record<string, unknown>>) => void>
>;

/** @param base  Stands in every line: which program, which replica. */
export function createLog(level: LogLevel, base: Readonly<Record<string, string>>): Log {
  const logger = pino({
    level,
    base,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  });
  return {
    debug: (event, fields) => logger.debug(fields, event),
    info: (event, fields) => logger.info(fields, event),
    warn: (event, fields) => logger.warn(fields, event),
    error: (event, fields) => logger.error(fields, event),
  };
}
