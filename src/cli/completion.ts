/**
 * `drawbridge completion`: a script that lets a shell complete commands, options and file names, made from the command table.
 *
 * @module
 */

import type { Command, CommandInput } from "./command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { print } from "./print.ts";

/** @param commands  The whole table; asked for when it is needed, because this command stands in it. */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "Prints a script by which bash or zsh completes commands, options and file names.",
    positional: "bash|zsh",
    options: {},
    examples: ['eval "$(drawbridge completion bash)"', 'eval "$(drawbridge completion zsh)"'],
    run: async (input) => complete(commands(), input),
  };
}

function complete(commands: readonly Command[], { positional }: CommandInput): ExitCode {
  if (positional !== "bash" && positional !== "zsh") {
    throw new CommandError("drawbridge completion: the shell is bash or zsh", exitCodes.usage);
  }
  // zsh brings what is needed to run bash's scripts, and may not have been told to complete anything yet.
  const lines =
    positional === "bash"
      ? []
      : [
          "whence compdef > /dev/null || { autoload -U compinit && compinit; }",
          "autoload -U +X bashcompinit && bashcompinit",
        ];
  for (const line of [...lines, ...scriptOf(commands)]) print(line);
  return exitCodes.ok;
}

/** In what bash and zsh's emulation of it both understand. */
function scriptOf(commands: readonly Command[]): readonly string[] {
  const firstWords = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
  return [
    "_drawbridge() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
    '  local command="${COMP_WORDS[1]}" choices=""',
    "  COMPREPLY=()",
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=( $(compgen -W "${[...firstWords, "--help", "--version"].join(" ")}" -- "$current") )`,
    "    return",
    "  fi",
    '  case "$command $before" in',
    ...new Set(commands.flatMap(valueCases)),
    "  esac",
    '  case "$command" in',
    ...firstWords.map((word) => wordCase(word, commands)),
    "  esac",
    '  COMPREPLY=( $(compgen -W "$choices --help" -- "$current") )',
    '  case "$current" in -*) ;; *)',
    '    case "$command" in',
    ...fileCases(commands),
    "    esac",
    "  esac",
    "}",
    "complete -o filenames -F _drawbridge drawbridge",
  ];
}

/** What follows an option that takes a value: file names, folders, or nothing that could be known. */
function valueCases({ name, options }: Command): readonly string[] {
  const [word = ""] = name.split(" ");
  return Object.entries(options).flatMap(([option, { value }]) => {
    if (value === undefined) return [];
    const words =
      value === "FILE"
        ? 'COMPREPLY=( $(compgen -f -- "$current") ); '
        : value === "FOLDER"
          ? 'COMPREPLY=( $(compgen -d -- "$current") ); '
          : "";
    return [`    "${word} --${option}") ${words}return ;;`];
  });
}

function wordCase(word: string, commands: readonly Command[]): string {
  const own = commands.filter(({ name }) => name.split(" ")[0] === word);
  const seconds = own.flatMap(({ name }) => name.split(" ")[1] ?? []);
  const choices = own.flatMap(({ positional = "" }) =>
    positional.includes("|") ? positional.split("|") : [],
  );
  const options = own.flatMap((command) => Object.keys(command.options).map((option) => `--${option}`));
  return `    ${word}) choices="${[...new Set([...seconds, ...choices, ...options])].join(" ")}" ;;`;
}

function fileCases(commands: readonly Command[]): readonly string[] {
  return commands.flatMap(({ name, positional }) =>
    positional === "FILE"
      ? [`      ${name.split(" ")[0] ?? ""}) COMPREPLY+=( $(compgen -f -- "$current") ) ;;`]
      : [],
  );
}
