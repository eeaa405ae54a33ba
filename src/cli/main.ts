#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
/**
 * The `drawbridge` command.
 *
 * Owns: arguments, signals, the exit code. The first SIGTERM or SIGINT asks a program to drain; a SIGINT after it ends it.
 *
 * @module
 */

import { ConfigError } from "../config/load.ts";
import { didYouMean } from "../config/nearest.ts";
import { describeCommand, findCommand, parseInput } from "./command.ts";
import { commands } from "./commands.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { complain, print } from "./print.ts";
import { version } from "./version.ts";

/** After a command has ended, for what still holds the event loop. */
const lingerMs = 5_000;

process.exitCode = await run(process.argv.slice(2));
setTimeout(() => process.exit(), lingerMs).unref();

async function run(line: readonly string[]): Promise<ExitCode> {
  const [name = "--help"] = line;
  if (name === "--version") return say(version());
  if (name === "--help" || name === "help") return say(help());
  const command = findCommand(commands, line);
  const args = line.slice(command?.name.split(" ").length ?? 1);
  try {
    if (command === undefined) {
      const known = commands.map((one) => one.name);
      throw new CommandError(
        `drawbridge: no command ${JSON.stringify(name)} (known: ${known.join(", ")})${didYouMean(name, known)}`,
        exitCodes.usage,
      );
    }
    if (args.includes("--help")) return say(describeCommand(command));
    return await command.run(parseInput(command, args, abortOnSignals()));
  } catch (error) {
    return explain(error);
  }
}

/** A person who is impatient types Ctrl-C again. A second SIGTERM says nothing: the kubelet sends two where a pod is deleted by force. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGTERM", () => controller.abort());
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(exitCodes.defect);
    controller.abort();
  });
  return controller.signal;
}

function explain(error: unknown): ExitCode {
  if (error instanceof CommandError) {
    complain(error.message);
    return error.exitCode;
  }
  if (error instanceof ConfigError) {
    for (const { path, message } of error.problems) complain(`${path}: ${message}`);
    return exitCodes.configuration;
  }
  complain(error instanceof Error ? (error.stack ?? error.message) : "a defect that is not an Error");
  return exitCodes.defect;
}

function say(text: string): ExitCode {
  print(text.trimEnd());
  return exitCodes.ok;
}

function help(): string {
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(14)}${summary.split(/[.:] /)[0] ?? ""}`);
  return [
    "Drawbridge: logins for cloud applications, checked against a directory behind a firewall.",
    "",
    "Usage: drawbridge COMMAND [options]",
    "",
    "Commands:",
    ...rows,
    "",
    "drawbridge COMMAND --help says more. Exit codes: 0 done or accepted, 1 denied, 64 usage, 75 unavailable, 78 configuration.",
  ].join("\n");
}
