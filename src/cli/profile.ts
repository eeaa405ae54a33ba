/**
 * `drawbridge profile`: what a login would tell an application about a person, without any password.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Config } from "../config/schema.ts";
import { readDirectorySecrets } from "../config/directory-secrets.ts";
import { ConfigError, loadConfig } from "../config/load.ts";
import { SettingFiles } from "../config/setting-files.ts";
import type { DirectoryEvent } from "../directory/directory-options.ts";
import type { DirectoryEngine } from "../directory/open-directory.ts";
import { parseAccountName } from "../login/account-name.ts";
import { isConnectionName } from "../login/attempt.ts";
import { Deadline } from "../login/deadline.ts";
import type { IdentityOutcome } from "../login/ports.ts";
import type { CommandInput } from "./command.ts";
import { describeProfile } from "./describe-profile.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { openConfiguredDirectory } from "./open-configured-directory.ts";
import type { ConfiguredDirectory } from "./open-configured-directory.ts";
import { print } from "./print.ts";

const timeoutMs = 15_000;
const pollMs = 10;

/** What was left out, and which controllers do not answer. */
interface Observed {
  readonly unfit: Map<string, "type" | "size">;
  readonly controllers: Map<string, string>;
}

/** @throws {ConfigError | CommandError} */
export async function profile({ text, flag, positional = "" }: CommandInput): Promise<ExitCode> {
  const config = loadConfig(text("config") ?? "");
  const configured = choose(config, text("connection"));
  const parsed = parseAccountName(positional);
  if (!parsed.ok) throw failed(parsed.problem, exitCodes.usage);

  const observed: Observed = { unfit: new Map(), controllers: new Map() };
  await using directory = openConfiguredDirectory(configured, (event) => keep(event, observed));
  const deadline = Deadline.after(timeoutMs);
  await controllerOf(directory, configured, observed, deadline);
  const found = await directory.findAccount(parsed.name, deadline);
  switch (found.kind) {
    case "none":
      throw failed("nobody has this name", exitCodes.unknown);
    case "several":
      throw failed("several people have this name, so none of them can log in with it", exitCodes.ambiguous);
    case "unavailable":
      throw failed(`the directory gave no answer (${found.fault})`, exitCodes.unavailable);
    case "found": {
      const read = await directory.readIdentity(found.account, deadline);
      if (read.kind === "unavailable") {
        throw failed(`the directory gave no answer (${read.fault})`, exitCodes.unavailable);
      }
      const withoutValue = valueless(read, directory, observed);
      const { controller } = found.account;
      const { kind: _, ...told } = read;
      const description = { controller, ...told, withoutValue };
      for (const line of flag("json") ? [JSON.stringify(description)] : describeProfile(description))
        print(line);
      return exitCodes.ok;
    }
  }
}

function choose({ connector }: Config, wanted: string | undefined): ConfiguredDirectory {
  const names = Object.keys(connector?.connections ?? {});
  const known = names.join(", ");
  if (wanted === undefined && names.length > 1) {
    throw failed(`--connection is missing (known: ${known})`, exitCodes.usage);
  }
  const connection = wanted ?? names[0];
  if (connection === undefined) {
    throw failed('the configuration has no section "connector"', exitCodes.configuration);
  }
  const settings = connector?.connections[connection]?.directory;
  if (settings === undefined || !isConnectionName(connection)) {
    throw failed(`the configuration has no connection of that name (known: ${known})`, exitCodes.usage);
  }
  const files = new SettingFiles();
  const secrets = readDirectorySecrets(`connector.connections.${connection}.directory`, settings, files);
  if (files.problems.length > 0) throw new ConfigError(files.problems);
  return { connection, settings, secrets };
}

/** Resolves once one answers. @throws {CommandError} once all have said that they do not, or the time is over. */
async function controllerOf(
  directory: DirectoryEngine,
  { settings }: ConfiguredDirectory,
  { controllers }: Observed,
  deadline: Deadline,
): Promise<void> {
  const catalogs = settings.globalCatalog === undefined ? [] : [settings.globalCatalog];
  const places = [settings, ...settings.otherDomains, ...catalogs];
  // How many there are is known before DNS is asked only where they are all listed.
  const count = places.some(({ discovery }) => discovery !== undefined)
    ? Infinity
    : places.reduce((sum, place) => sum + place.controllers.length, 0);
  while (directory.controller() === undefined) {
    if (controllers.size >= count || deadline.passed) {
      const each = [...controllers].map(([name, why]) => `${name} ${why}`).join(", ");
      throw failed(`no controller answers${each === "" ? "" : `: ${each}`}`, exitCodes.unavailable);
    }
    await pause(pollMs);
  }
}

function keep(event: DirectoryEvent, { unfit, controllers }: Observed): void {
  if (event.kind === "profile_unfit") unfit.set(event.field, event.why);
  if (event.kind === "discovery" && event.result !== "ok") {
    controllers.set(`DNS for ${event.domain}`, event.result);
  }
  if (event.kind === "controller") {
    if (event.state === "available") controllers.delete(event.controller);
    else controllers.set(event.controller, event.why);
  }
}

/** Name in the identity → why it is not there. */
function valueless(
  { identity }: IdentityOutcome & { readonly kind: "read" },
  { profileSources }: DirectoryEngine,
  { unfit }: Observed,
): Readonly<Record<string, string>> {
  const reasons = { type: "has a value of another type", size: "is too large" } as const;
  const missing = [...profileSources].filter(([name]) => !(name in identity.profile));
  return Object.fromEntries(
    missing.map(([name, sources]) => {
      const why = unfit.get(name);
      return [name, `${sources.join(", ")} ${why === undefined ? "has no value" : reasons[why]}`];
    }),
  );
}

function failed(sentence: string, exitCode: ExitCode): CommandError {
  return new CommandError(`drawbridge profile: ${sentence}`, exitCode);
}
