/**
 * Reads the configuration: file, then environment, then one validation that reports every problem at once.
 *
 * @module
 */

import { parseDocument } from "yaml";
import type { z } from "zod";
import { applyEnvironment, namesBelow } from "./environment.ts";
import { didYouMean } from "./nearest.ts";
import { configSchema } from "./schema.ts";
import type { Config } from "./schema.ts";
import { readTextFile } from "./text-file.ts";

export interface ConfigProblem {
  /** `gateway.http.port`, or the name of an environment variable, or the file. */
  readonly path: string;
  readonly message: string;
}

/** The configuration cannot be used. Carries every problem that was found. */
export class ConfigError extends Error {
  readonly code = "invalid_configuration";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** @throws {ConfigError} */
export function loadConfig(path: string): Config {
  return parseConfig(readConfigFile(path), process.env);
}

/** @throws {ConfigError} */
export function parseConfig(
  settings: Record<string, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const problems = [...applyEnvironment(settings, environment)];
  const parsed = configSchema.safeParse(settings);
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap(toProblems));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(parsed.data);
}

function readConfigFile(path: string): Record<string, unknown> {
  const problem = (message: string): ConfigError => new ConfigError([{ path, message }]);
  const file = readTextFile(path);
  if (!file.ok) throw problem(file.problem);
  const document = parseDocument(file.text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw problem(`is not YAML: ${error.message.split("\n")[0] ?? ""}`);
  const settings: unknown = document.toJS({ maxAliasCount: 0 });
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    throw problem("is not a YAML mapping");
  return { ...settings };
}

function toProblems(issue: z.core.$ZodIssue): readonly ConfigProblem[] {
  const path = (...more: readonly PropertyKey[]): string => [...issue.path, ...more].map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: path(key),
      message: `no setting has this name${didYouMean(key, namesBelow(issue.path))}`,
    }));
  }
  if (issue.code === "invalid_type" && issue.input === undefined) {
    return [{ path: path(), message: `is missing (expected ${issue.expected})` }];
  }
  if (issue.code === "invalid_key") {
    return [{ path: path(), message: issue.issues[0]?.message ?? issue.message }];
  }
  return [{ path: path(), message: issue.message }];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
