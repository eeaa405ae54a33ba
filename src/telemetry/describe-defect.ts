/**
 * What may be logged of an error that nobody expected.
 *
 * @module
 */

/** Its kind and where it came from, never its message: messages quote what they could not parse, which may be a password. */
export function describeDefect(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const code = "code" in error ? String(error.code) : undefined;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { kind: error.name, code, stack: frames.map((line) => line.trim()) };
}
