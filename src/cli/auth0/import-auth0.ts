/**
 * `drawbridge import auth0`: reads the settings of an Auth0 AD/LDAP connector and writes ours, saying of each what became of it.
 *
 * Nothing of the old connector is run, and nothing is written over.
 *
 * @module
 */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseConfig } from "../../config/load.ts";
import { settingsText } from "../../config/settings-text.ts";
import { readTextFile } from "../../config/text-file.ts";
import type { CommandInput } from "../command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { paint } from "../paint.ts";
import type { ExitCode } from "../exit-codes.ts";
import { print } from "../print.ts";
import { OldSettings } from "./old-settings.ts";
import { readMapper } from "./read-mapper.ts";
import { translate } from "./translate.ts";
import type { Translation } from "./translate.ts";
import { defaultProfile, translateProfile } from "./translate-profile.ts";
import type { TranslatedProfile } from "./translate-profile.ts";

const nameWidth = 34;

/** @throws {CommandError} */
export async function importAuth0({ text, texts, positional = "" }: CommandInput): Promise<ExitCode> {
  const old = readOld(positional);
  const out = text("out") ?? "";
  const mapper = mapperOf(old, positional, text("mapper"));
  const lines = mapper === undefined ? [] : readMapper(mapper);
  const translated = lines.length > 0 ? translateProfile(lines) : { profile: defaultProfile, beside: [] };
  const authorities = authoritiesOf(old);
  const files = {
    settings: join(out, "connector.yaml"),
    password: join(out, "service-password"),
    ca: join(out, "directory-ca.pem"),
  };
  const translation = translate(old, {
    nats: texts("nats").length > 0 ? texts("nats") : ["tls://nats.example.com:4222"],
    keysFolder: text("keys") ?? "keys",
    passwordFile: files.password,
    caFile: authorities === undefined ? undefined : files.ca,
    profile: translated.profile,
  });
  // What does not load must not be written: that would be a defect of this translation.
  parseConfig(structuredClone({ ...translation.settings }), {});
  const password = old.text("LDAP_BIND_PASSWORD") ?? "";
  const heading = [`Made by drawbridge import auth0 from ${relative(out, positional)}.`];
  write(out, [
    { path: files.settings, content: settingsText(translation.settings, heading) },
    ...(password === "" ? [] : [{ path: files.password, content: password }]),
    ...(authorities === undefined ? [] : [{ path: files.ca, content: authorities }]),
  ]);
  report(translation, translated, mapper !== undefined);
  for (const todo of todos(translation, files, password !== "", text("keys") ?? "keys")) print(todo);
  return exitCodes.ok;
}

function readOld(path: string): OldSettings {
  const file = readTextFile(path);
  if (!file.ok) throw failed(`${path} ${file.problem}`, exitCodes.usage);
  try {
    const settings: unknown = JSON.parse(file.text);
    if (typeof settings === "object" && settings !== null && !Array.isArray(settings))
      return new OldSettings({ ...settings });
  } catch {
    // The parser's own words would quote what stands there, which may be the password.
  }
  throw failed(`${path} is not a JSON object`, exitCodes.usage);
}

/** The text of the old mapper: the file that is named, that lies where the old connector has it, or that is in the settings. */
function mapperOf(old: OldSettings, configFile: string, named: string | undefined): string | undefined {
  const byOld = old.text("PROFILE_MAPPER_FILE");
  const folder = dirname(configFile);
  const places = [
    ...(named === undefined ? [] : [named]),
    ...(byOld === undefined ? [] : [join(folder, byOld)]),
    join(folder, "lib", "profileMapper.js"),
  ];
  for (const [index, place] of places.entries()) {
    const file = readTextFile(place);
    if (file.ok) return file.text;
    if (named !== undefined && index === 0) throw failed(`${named} ${file.problem}`, exitCodes.usage);
  }
  return old.text("PROFILE_MAPPER");
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const authorityFilesMax = 256;

/** The certificates in the files that the old settings' pattern matches; undefined where there are none. */
function authoritiesOf(old: OldSettings): string | undefined {
  const [folder, pattern] = [old.text("SSL_CA_PATH"), old.text("SSL_CA_FILE")];
  if (folder === undefined || pattern === undefined || !existsSync(folder)) return undefined;
  const wanted = patternOf(pattern);
  const names = readdirSync(folder)
    .filter((name) => wanted.test(name))
    .slice(0, authorityFilesMax);
  const found = names.flatMap((name) => {
    const file = readTextFile(join(folder, name));
    return file.ok ? (file.text.match(certificate) ?? []) : [];
  });
  return found.length === 0 ? undefined : `${found.join("\n")}\n`;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    return /\.(pem|crt|cer)$/;
  }
}

interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

function write(out: string, files: readonly WrittenFile[]): void {
  const inTheWay = files.find(({ path }) => existsSync(path));
  if (inTheWay !== undefined)
    throw failed(`${inTheWay.path} is there already and is not overwritten`, exitCodes.cannotCreate);
  try {
    mkdirSync(out, { recursive: true, mode: 0o700 });
    for (const { path, content } of files) writeFileSync(path, content, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw failed(`cannot write to ${out} (${code})`, exitCodes.cannotCreate);
  }
}

function report(
  { takenOver, left, warnings }: Translation,
  { beside }: TranslatedProfile,
  hasMapper: boolean,
): void {
  print(paint("bold", "Taken over"));
  for (const { from, to } of takenOver) print(`  ${from.padEnd(nameWidth)} ${to}`);
  print("");
  print(paint("bold", "Without an equivalent"));
  for (const { from, why } of left) print(`  ${from.padEnd(nameWidth)} ${why}`);
  print("");
  print(paint("bold", "The profile"));
  if (!hasMapper)
    print("  There was no mapper to read; the profile has what the old connector told by itself.");
  for (const { old, now } of beside) print(`  ${old.padEnd(2 * nameWidth)} ${now}`);
  if (warnings.length === 0) return;
  print("");
  print(paint("red", "Mind"));
  for (const warning of warnings) print(`  ${warning}`);
}

function todos(
  { connection }: Translation,
  files: Readonly<Record<"settings" | "password", string>>,
  hasPassword: boolean,
  keysFolder: string,
): readonly string[] {
  return [
    "",
    paint("bold", "Next"),
    ...(hasPassword ? [] : [`  write the service account's password into ${files.password}`]),
    `  drawbridge keys --out ${keysFolder} --connection ${connection}`,
    `  drawbridge check-config ${files.settings}`,
    `  drawbridge doctor --config ${files.settings}`,
  ];
}

function failed(sentence: string, exitCode: ExitCode): CommandError {
  return new CommandError(`drawbridge import auth0: ${sentence}`, exitCode);
}
