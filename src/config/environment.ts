/**
 * Settings from the environment: `DRAWBRIDGE_GATEWAY__HTTP__PORT=8081` is `gateway.http.port`.
 *
 * The name is the path with its segments in upper snake case, joined by two underscores; the value is read as YAML, like the file.
 * A connection is named as it is in the file, or lower case with hyphens for underscores. A name that is no setting is a problem, not
 * ignored: a misspelt setting would otherwise be a setting that is not there.
 *
 * @module
 */

import { parse } from "yaml";
import { z } from "zod";
import { didYouMean } from "./nearest.ts";
import { configSchema } from "./schema.ts";

export const environmentPrefix = "DRAWBRIDGE_";

/** As much of a JSON Schema as paths are made of. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode | boolean>> | undefined;
  readonly additionalProperties?: SchemaNode | boolean | undefined;
}

const schema: SchemaNode = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });

export interface EnvironmentProblem {
  readonly path: string;
  readonly message: string;
}

/** Sets each value in `settings`, which it changes. */
export function applyEnvironment(
  settings: Record<string, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): readonly EnvironmentProblem[] {
  const problems: EnvironmentProblem[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(environmentPrefix) || value === undefined) continue;
    const path = findPath(name.slice(environmentPrefix.length).split("__"), schema, settings);
    if (path === undefined) {
      const known = listPaths(schema, settings).map(environmentName);
      problems.push({ path: name, message: `no setting has this name${didYouMean(name, known)}` });
    } else {
      try {
        setAt(settings, path, parse(value));
      } catch {
        problems.push({ path: name, message: "the value is not YAML" });
      }
    }
  }
  return problems;
}

/** The environment name of a path, for the reference. */
export function environmentName(path: readonly string[]): string {
  return environmentPrefix + path.map(upperSnake).join("__");
}

function findPath(
  segments: readonly string[],
  node: SchemaNode,
  settings: unknown,
): readonly string[] | undefined {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [];
  const step = findStep(segment, node, settings);
  if (step === undefined) return undefined;
  const below =
    typeof settings === "object" && settings !== null ? Reflect.get(settings, step.key) : undefined;
  const end = findPath(rest, step.node, below);
  return end === undefined ? undefined : [step.key, ...end];
}

function findStep(
  segment: string,
  node: SchemaNode,
  settings: unknown,
): { key: string; node: SchemaNode } | undefined {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    if (upperSnake(key) === segment) return { key, node: toNode(child) };
  }
  if (typeof node.additionalProperties !== "object" || segment === "") return undefined;
  const known = typeof settings === "object" && settings !== null ? Object.keys(settings) : [];
  const key =
    known.find((name) => upperSnake(name) === segment) ?? segment.toLowerCase().replaceAll("_", "-");
  return { key, node: node.additionalProperties };
}

/** Every path that can be set, with the connections that the file names. */
function listPaths(node: SchemaNode, settings: unknown): readonly (readonly string[])[] {
  const names = typeof settings === "object" && settings !== null ? Object.keys(settings) : [];
  const { properties, additionalProperties } = node;
  const below =
    typeof additionalProperties === "object"
      ? names.map((name) => [name, additionalProperties] as const)
      : Object.entries(properties ?? {});
  return below.flatMap(([key, child]) => {
    const value: unknown =
      typeof settings === "object" && settings !== null ? Reflect.get(settings, key) : undefined;
    return [[key], ...listPaths(toNode(child), value).map((path) => [key, ...path])];
  });
}

/** The fixed names directly below a path, for somebody who misspelt one. */
export function namesBelow(path: readonly PropertyKey[]): readonly string[] {
  let node: SchemaNode | boolean | undefined = schema;
  for (const key of path) {
    if (typeof node === "object") node = node.properties?.[String(key)] ?? node.additionalProperties;
  }
  return typeof node === "object" ? Object.keys(node.properties ?? {}) : [];
}

function toNode(schemaOrFlag: SchemaNode | boolean): SchemaNode {
  return typeof schemaOrFlag === "boolean" ? {} : schemaOrFlag;
}

function setAt(settings: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) settings[key] = value;
  else {
    const below = settings[key];
    const child: Record<string, unknown> = typeof below === "object" && below !== null ? { ...below } : {};
    settings[key] = child;
    setAt(child, rest, value);
  }
}

function upperSnake(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toUpperCase();
}
