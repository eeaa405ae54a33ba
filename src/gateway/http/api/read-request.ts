/**
 * A body, from untyped JSON to what its schema describes, or to a sentence that says what is wrong, and where.
 *
 * The sentence names our own fields only. What else was sent may be a password in the wrong place.
 *
 * @module
 */

import type { z } from "zod";
import type { RequestProblem } from "../request-error.ts";

export type ReadRequest<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: RequestProblem };

type ObjectSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

export function readRequest<Schema extends ObjectSchema>(
  schema: Schema,
  body: unknown,
): ReadRequest<z.output<Schema>> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const fields = Object.keys(schema.shape);
  const field = fields.find((name) => name === issue?.path[0]);
  const isMissing = typeof body === "object" && body !== null && field !== undefined && !(field in body);
  const message =
    issue === undefined ? "the body is not as it should be" : sentence(issue, field, isMissing, fields);
  return {
    ok: false,
    problem: { code: "invalid_request", message, ...(field === undefined ? {} : { field }) },
  };
}

function sentence(
  issue: z.core.$ZodIssue,
  field: string | undefined,
  isMissing: boolean,
  fields: readonly string[],
): string {
  const known = fields.join(", ");
  if (issue.code === "unrecognized_keys") return `the body has a field that is none of: ${known}`;
  if (field === undefined) return `the body must be a JSON object with fields out of: ${known}`;
  if (isMissing) return `${field} is missing`;
  switch (issue.code) {
    case "invalid_type":
      return `${field} must be ${kinds[issue.expected] ?? issue.expected}`;
    case "too_small":
      return `${field} must be at least ${String(issue.minimum)}`;
    case "too_big":
      return `${field} must be at most ${String(issue.maximum)}${issue.origin === "string" ? " characters long" : ""}`;
    default:
      return `${field} is not as it should be`;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
};
