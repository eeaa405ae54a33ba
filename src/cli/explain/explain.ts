/**
 * `drawbridge explain`: one login, from the records of both sides: their logs, their audit, or both.
 *
 * @module
 */

import { isAttemptId } from "../../login/attempt.ts";
import { loadConfig } from "../../config/load.ts";
import { readSecrets } from "../../config/secrets.ts";
import { openStoredAudit } from "../audit/open-stored-audit.ts";
import { AuditUnreadableError } from "../audit/stored-audit.ts";
import type { CommandInput } from "../command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import { paint, whileNoting } from "../paint.ts";
import { print } from "../print.ts";
import { printable } from "../printable.ts";
import { drawPicture } from "./picture.ts";
import type { Picture } from "./picture.ts";
import { openLog, parseRecord, readRecords } from "./read-records.ts";
import type { LogRecord } from "./read-records.ts";

const timeWidth = 10;
const whoWidth = 28;

export async function explain({ text, texts, flag, positional = "" }: CommandInput): Promise<ExitCode> {
  if (!isAttemptId(positional)) {
    throw failed(
      "an attempt's id has 22 letters, digits, - and _: `attempt` in the log, or in the answer to the login",
      exitCodes.usage,
    );
  }
  const [files, config] = [texts("log"), text("config")];
  const sources = files.length === 0 && config === undefined ? [undefined] : files;
  const reading = sources.map((file) => recordsOf(positional, file));
  if (config !== undefined) reading.push(storedRecordsOf(positional, config));
  const found = await whileNoting("reading", Promise.all(reading));
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

async function storedRecordsOf(attempt: string, configFile: string): Promise<readonly LogRecord[]> {
  const config = loadConfig(configFile);
  await using opened = await openStoredAudit(config, readSecrets(config));
  const records: LogRecord[] = [];
  try {
    for await (const line of opened.stored().ofAttempt(attempt)) {
      const record = parseRecord(line);
      if (record?.attempt === attempt) records.push(record);
    }
  } catch (error) {
    throw error instanceof AuditUnreadableError ? failed(error.message, exitCodes.unavailable) : error;
  }
  return records;
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

function failed(sentence: string, exitCode: ExitCode): CommandError {
  return new CommandError(`drawbridge explain: ${sentence}`, exitCode);
}
