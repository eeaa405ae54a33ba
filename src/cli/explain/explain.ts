/**
 * `drawbridge explain`: one login, from the records of both sides.
 *
 * @module
 */

import { isAttemptId } from "../../login/attempt.ts";
import type { CommandInput } from "../command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import { paint, whileNoting } from "../paint.ts";
import { print } from "../print.ts";
import { drawPicture } from "./picture.ts";
import type { Picture } from "./picture.ts";
import { openLog, readRecords } from "./read-records.ts";
import type { LogRecord } from "./read-records.ts";

const timeWidth = 10;
const whoWidth = 28;

export async function explain({ texts, flag, positional = "" }: CommandInput): Promise<ExitCode> {
  if (!isAttemptId(positional)) {
    throw failed(
      "an attempt's id has 22 letters, digits, - and _: `attempt` in the log, or in the answer to the login",
      exitCodes.usage,
    );
  }
  const files = texts("log");
  const sources = files.length === 0 ? [undefined] : files;
  const found = await whileNoting("reading", Promise.all(sources.map((file) => recordsOf(positional, file))));
  const records = found.flat();
  if (records.length === 0) throw failed("no record of this attempt is there", exitCodes.unknown);
  const picture = drawPicture(records);
  if (flag("json")) print(JSON.stringify({ attempt: positional, ...picture }));
  else for (const line of describe(picture)) print(line);
  return exitCodes.ok;
}

async function recordsOf(attempt: string, file: string | undefined): Promise<readonly LogRecord[]> {
  try {
    return await readRecords(attempt, file === undefined ? process.stdin : openLog(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw failed(`${file ?? "standard input"} cannot be read (${code})`, exitCodes.usage);
  }
}

function describe({ says, steps, meaning, action, missing }: Picture): readonly string[] {
  return [
    paint("bold", printable(says)),
    "",
    ...steps.map(({ atMs, who, says: step }) => {
      const at = atMs === undefined ? "" : `${atMs.toFixed(0)} ms`;
      return `${at.padStart(timeWidth)}  ${printable(who).padEnd(whoWidth)} ${printable(step)}`;
    }),
    ...(meaning === undefined ? [] : ["", `  means: ${meaning}`]),
    ...(action === undefined ? [] : [`  do:    ${action}`]),
    ...(missing.length === 0 ? [] : ["", ...missing.map((what) => paint("dim", `  not given: ${what}`))]),
  ];
}

/** A log that came from elsewhere must not steer somebody's terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "�");
}

function failed(sentence: string, exitCode: ExitCode): CommandError {
  return new CommandError(`drawbridge explain: ${sentence}`, exitCode);
}
