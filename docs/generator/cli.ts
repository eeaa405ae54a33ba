/**
 * `docs/reference/cli.md`, from the command table: each command's own help.
 *
 * @module
 */

import { describeCommand } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";

export function renderCli(): string {
  return [
    "# Command line",
    "",
    "What every exit code means is in [errors](errors.md#exit-codes).",
    "",
    ...commands.flatMap((command) => [
      `## drawbridge ${command.name}`,
      "",
      "```text",
      describeCommand(command).trimEnd(),
      "```",
      "",
    ]),
  ].join("\n");
}
