/**
 * What a command is: its name, its options, and what it does. The help and the reference are made from this.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";

export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  readonly required?: boolean;
  /** Stands for the value in the help: `FILE`. */
  readonly value?: string;
  readonly meaning: string;
}

export interface CommandInput {
  readonly text: (option: string) => string | undefined;
  readonly texts: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
  readonly positional: string | undefined;
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

export interface Command {
  /** One word, or two: `import auth0`. */
  readonly name: string;
  readonly summary: string;
  /** Stands for the argument in the help, where the command takes one. */
  readonly positional?: string;
  /** Knows the argument where it begins with a dash, and would be taken for an option. */
  readonly isPositional?: (text: string) => boolean;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Whole command lines. */
  readonly examples?: readonly string[];
  readonly run: (input: CommandInput) => Promise<ExitCode>;
}

/** The command that a line begins with; of two the longer one: `keys list`, and not `keys`. */
export function findCommand(commands: readonly Command[], line: readonly string[]): Command | undefined {
  const begun = commands.filter(({ name }) => name === line.slice(0, name.split(" ").length).join(" "));
  return begun.toSorted((one, other) => other.name.length - one.name.length)[0];
}

/** @throws {CommandError} that says what is wrong with the arguments. */
export function parseInput(command: Command, args: readonly string[], signal: AbortSignal): CommandInput {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
  );
  const { values, positionals } = parseOrExplain(command, withDashesLast(command, args), options);
  const [positional, tooMany] = positionals;
  if (tooMany !== undefined || (positional !== undefined && command.positional === undefined)) {
    throw new CommandError(`drawbridge ${command.name}: too many arguments`, exitCodes.usage);
  }
  if (command.positional !== undefined && positional === undefined) {
    throw new CommandError(`drawbridge ${command.name}: ${command.positional} is missing`, exitCodes.usage);
  }
  for (const [name, { required }] of Object.entries(command.options)) {
    if (required === true && values[name] === undefined) {
      throw new CommandError(`drawbridge ${command.name}: --${name} is missing`, exitCodes.usage);
    }
  }
  const texts = (option: string): readonly string[] =>
    [values[option] ?? []].flat().filter((value) => typeof value === "string");
  return {
    text: (option) => texts(option)[0],
    texts,
    flag: (option) => values[option] === true,
    positional,
    signal,
  };
}

/** An argument that begins with a dash goes where nothing is taken for an option any more. */
function withDashesLast({ isPositional }: Command, args: readonly string[]): readonly string[] {
  const isDashed = (text: string): boolean => text.startsWith("-") && isPositional?.(text) === true;
  const dashed = args.filter(isDashed);
  if (dashed.length === 0) return args;
  return [...args.filter((text) => !isDashed(text) && text !== "--"), "--", ...dashed];
}

function parseOrExplain(
  command: Command,
  args: readonly string[],
  options: Record<string, { type: "string" | "boolean"; multiple: boolean }>,
): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // The first sentence of Node's message names the option; the rest is advice for its own syntax.
    const [what = "bad arguments"] = error instanceof Error ? error.message.split(". ") : [];
    const known = Object.keys(command.options)
      .map((name) => `--${name}`)
      .join(", ");
    throw new CommandError(
      `drawbridge ${command.name}: ${what} (known: ${known || "no options"})`,
      exitCodes.usage,
    );
  }
}

export function describeCommand(command: Command): string {
  const { name, summary, positional, options, examples = [] } = command;
  const rows = Object.entries(options).map(([option, { value, meaning, required, multiple }]) => {
    const notes = [required === true ? "required" : "", multiple === true ? "may be repeated" : ""].filter(
      Boolean,
    );
    const left = `  --${option}${value === undefined ? "" : ` ${value}`}`;
    return `${left.padEnd(26)}${meaning}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
  });
  const usage = ["drawbridge", name, positional ?? "", rows.length === 0 ? "" : "[options]"]
    .filter(Boolean)
    .join(" ");
  return [
    `Usage: ${usage}`,
    "",
    summary,
    ...(rows.length === 0 ? [] : ["", "Options:", ...rows]),
    ...(examples.length === 0 ? [] : ["", "Examples:", ...examples.map((line) => `  ${line}`)]),
    "",
  ].join("\n");
}
