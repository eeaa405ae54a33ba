/**
 * The kinds of setting that several sections have.
 *
 * Secrets are never values, only names of files. Durations are text outside (`5s`) and milliseconds inside.
 *
 * @module
 */

import { z } from "zod";
import { isConnectionName } from "../login/attempt.ts";
import { parseDuration } from "./duration.ts";

export function duration(byDefault: string, leastMs: number, mostMs: number, meaning: string) {
  return z
    .string()
    .default(byDefault)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
      context.addIssue({
        code: "custom",
        message: `expected a duration such as "5s" or "250ms", from ${leastMs} ms to ${mostMs} ms`,
      });
      return z.NEVER;
    })
    .describe(meaning);
}

export const file = (meaning: string) => z.string().min(1).describe(`File: ${meaning}`);
/** What a server of ours shows. */
export const serverTls = () =>
  z.strictObject({ certFile: file("PEM certificate chain."), keyFile: file("PEM private key.") });
export const port = (byDefault: number, meaning: string) =>
  z.int().min(0).max(65_535).default(byDefault).describe(meaning);

/** Cross-checks run even where a part is already known to be wrong, so that every mistake is reported at once. */
export const always = { when: () => true };

const connectionName = z.string().refine((name): boolean => isConnectionName(name), {
  message: "a connection's name is lower-case letters, digits and hyphens, 63 at most",
});
export const connections = <T extends z.ZodType>(connection: T, meaning: string) =>
  z
    .record(connectionName, connection)
    .refine((record) => typeof record !== "object" || Object.keys(record).length > 0, {
      message: "name at least one connection",
      ...always,
    })
    .describe(meaning);
