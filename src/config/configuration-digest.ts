/**
 * Digests of settings, by which replicas can be told apart that do not have the same.
 *
 * Left out are where a program listens and names of files, because these may differ, and accounts: what is behind a digest in clear can be
 * guessed. What is in the files has to be compared by other means.
 *
 * @module
 */

import { createHash } from "node:crypto";

export interface ConfigurationDigest {
  readonly digest: string;
  /** By path, one or two levels deep, such as `directory.groups`. */
  readonly parts: Readonly<Record<string, string>>;
}

const leftOut = /Files?$|^(serviceAccount|host|port)$/;

export function digestOf(settings: object): ConfigurationDigest {
  const parts = Object.fromEntries(
    partsOf(settings).map(([path, value]) => [path, shortDigest(canonical(value), 6)]),
  );
  return { digest: shortDigest(canonical(parts), 9), parts };
}

function partsOf(settings: object): readonly (readonly [string, unknown])[] {
  return entriesOf(settings).flatMap(([key, value]) =>
    isMapping(value)
      ? entriesOf(value).map(([below, part]) => [`${key}.${below}`, part] as const)
      : [[key, value] as const],
  );
}

/** The same text for the same settings, in whatever order they were written. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isMapping(value)) return JSON.stringify(value) ?? "null";
  return `{${entriesOf(value)
    .map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`)
    .join()}}`;
}

function entriesOf(settings: object): readonly (readonly [string, unknown])[] {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(settings);
  return entries
    .filter(([key, value]) => value !== undefined && !leftOut.test(key))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shortDigest(text: string, bytes: number): string {
  return createHash("sha256").update(text).digest().subarray(0, bytes).toString("base64url");
}
