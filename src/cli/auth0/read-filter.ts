/**
 * What an old look-up filter compares a typed name with, read from its text. It is never sent to a directory.
 *
 * @module
 */

export interface ReadFilter {
  /** Attributes that are compared with the name, in their order. */
  readonly attributes: readonly string[];
  /** Conditions that everybody had to meet beside that, as they were written. */
  readonly conditions: readonly string[];
}

/** Conditions that a preset has by itself. */
const builtIn =
  /^\((objectCategory=(person|user)|objectClass=(user|person|inetOrgPerson|organizationalPerson))\)$/i;
const comparison = /\(([A-Za-z][A-Za-z0-9;-]{0,127})=\{0\}\)/g;
const condition = /\((?:!\([^()]*\)|[^()&|!]+)\)/g;

export function readFilter(filter: string): ReadFilter {
  const attributes = [...filter.matchAll(comparison)].map(([, attribute = ""]) => attribute);
  const rest = filter.replaceAll(comparison, "");
  const conditions = [...rest.matchAll(condition)]
    .map(([text]) => text)
    .filter((text) => !builtIn.test(text));
  return { attributes: [...new Set(attributes)], conditions };
}
