/**
 * `drawbridge audit`: the records of who logged in and who changed what, from the stream or from files.
 *
 * @module
 */

import { createInterface } from "node:readline";
import { parseDuration } from "../../config/duration.ts";
import { loadConfig } from "../../config/load.ts";
import { readSecrets } from "../../config/secrets.ts";
import { pseudonyms } from "../../telemetry/audit/disguise.ts";
import type { Disguise } from "../../telemetry/audit/disguise.ts";
import type { CommandInput } from "../command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import { openLog, parseRecord } from "../explain/read-records.ts";
import { bytesOf } from "../key-bytes.ts";
import { PassingNote, paint } from "../paint.ts";
import { complain, print } from "../print.ts";
import { printable } from "../printable.ts";
import { describeRecord } from "./describe-record.ts";
import { isWished } from "./filter.ts";
import { openStoredAudit } from "./open-stored-audit.ts";
import { AuditUnreadableError } from "./stored-audit.ts";

/** @throws {ConfigError | CommandError} */
export async function audit(input: CommandInput): Promise<ExitCode> {
  const { text, texts, flag } = input;
  const files = texts("file");
  const attempt = text("attempt");
  const wish = {
    sinceMs: sinceOf(text("since") ?? (files.length > 0 || attempt !== undefined ? "1970-01-01" : "24h")),
    username: text("username"),
    attempt,
    outcome: text("outcome"),
  };
  const config = configOf(text("config"));
  if (config === undefined && files.length === 0)
    throw failed(
      "say where the records are: --config with the settings of a reader, or --file",
      exitCodes.usage,
    );
  const secrets = config && readSecrets(config);
  const isShown = isWished(
    wish,
    disguiseOf(secrets?.audit.pseudonymKey && bytesOf(secrets.audit.pseudonymKey)),
  );
  await using cleanup = new AsyncDisposableStack();
  const stored =
    files.length > 0 || config === undefined || secrets === undefined
      ? undefined
      : cleanup.use(await openStoredAudit(config, secrets)).stored();
  const follow = flag("follow") ? input.signal : undefined;
  const lines =
    stored === undefined
      ? linesOf(files)
      : wish.attempt === undefined
        ? stored.since(wish.sinceMs, follow)
        : stored.ofAttempt(wish.attempt);
  using note = cleanup.use(new PassingNote("reading"));
  try {
    for await (const line of lines) {
      const record = parseRecord(line);
      if (record === undefined || !isShown(record)) continue;
      note.hide();
      print(flag("json") ? line : printable(describeRecord(record)));
      note.wait();
    }
  } catch (error) {
    throw explained(error);
  }
  note.hide();
  for (const finding of stored?.tally.findings(wish.attempt === undefined) ?? [])
    complain(paint("yellow", `audit: ${finding}`));
  return exitCodes.ok;
}

function configOf(file: string | undefined): ReturnType<typeof loadConfig> | undefined {
  return file === undefined ? undefined : loadConfig(file);
}

function disguiseOf(pseudonymKey: Uint8Array | undefined): Disguise | undefined {
  return pseudonymKey && pseudonyms(pseudonymKey);
}

/** A time, or so long ago. */
function sinceOf(text: string): number {
  const agoMs = parseDuration(text);
  const sinceMs = agoMs === undefined ? Date.parse(text) : Date.now() - agoMs;
  if (Number.isNaN(sinceMs))
    throw failed(
      "--since takes a duration such as 24h, or a time such as 2026-11-25T14:00:00Z",
      exitCodes.usage,
    );
  return sinceMs;
}

async function* linesOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) yield* createInterface({ input: openLog(file), crlfDelay: Infinity });
}

function explained(error: unknown): unknown {
  if (error instanceof AuditUnreadableError) return failed(error.message, exitCodes.unavailable);
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return code === undefined ? error : failed(`a file cannot be read (${code})`, exitCodes.usage);
}

function failed(sentence: string, exitCode: ExitCode): CommandError {
  return new CommandError(`drawbridge audit: ${sentence}`, exitCode);
}
