/**
 * `drawbridge keys next`, `switch`, `drop` and `list`: one key after another, with both good in between.
 *
 * The order is what loses no login: the other side is told of the new key before anybody uses it, and of the old one's end after
 * nobody does. Each command does what can be done in the folder and says what to bring where.
 *
 * @module
 */

import type { CommandInput } from "../command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import { print } from "../print.ts";
import { writeJournal } from "./journal.ts";
import type { KeyChange } from "./journal.ts";
import { KeyFolder } from "./key-folder.ts";
import { refused } from "./refused.ts";
import { dropShared, makeNextShared, switchShared } from "./rotate-shared.ts";
import { findRotatedKey, keyNameOf, keyPlaces } from "./rotated-key.ts";
import type { KeyPlace, RotatedKey } from "./rotated-key.ts";
import { findSharedKey, sharedKeyId, sharedKeyOf, sharedKeysIn } from "./shared-key.ts";
import type { SharedKey } from "./shared-key.ts";

/** Makes the next key and adds its public half to what the others read. */
export async function makeNextKey(input: CommandInput): Promise<ExitCode> {
  const { key, shared, folder } = rotated(input);
  if (key === undefined) return makeNextShared(shared, folder);
  const { secretFiles, publicFile } = key;
  if (folder.has(secretFiles.next))
    throw refused(
      `${secretFiles.next} is there already: switch to it with \`drawbridge keys switch ${key.name}\``,
    );
  if (folder.has(secretFiles.previous))
    throw refused(`${secretFiles.previous} is still there: end it with \`drawbridge keys drop ${key.name}\``);
  const secret = key.createSecret();
  const added = key.added(folder.read(publicFile), key.publicOf(secret));
  if (added === undefined)
    throw refused(`${publicFile} has no line of ${key.name} to add to; was it written by drawbridge keys?`);
  folder.replacePublic(publicFile, added);
  folder.createSecret(secretFiles.next, secret);
  await writeDown("next", key, folder);
  print(`${secretFiles.next} is made, ${publicFile} holds both keys now.`);
  print(`1. Bring ${publicFile} to ${key.others}${afterwards(key)}.`);
  print(`2. When all have it: drawbridge keys switch ${key.name} --in ${folder.path}`);
  return exitCodes.ok;
}

/** Puts the next key in the place of the current one, which is kept for the way back. */
export async function switchKey(input: CommandInput): Promise<ExitCode> {
  const { key, shared, folder } = rotated(input);
  if (key === undefined) return switchShared(shared, folder);
  const { secretFiles, publicFile } = key;
  if (!folder.has(secretFiles.next))
    throw refused(`there is no ${secretFiles.next}: make it with \`drawbridge keys next ${key.name}\``);
  if (!key.listed(folder.read(publicFile)).includes(key.publicOf(folder.read(secretFiles.next))))
    throw refused(
      `${publicFile} does not hold the public half of ${secretFiles.next}: nobody would believe it`,
    );
  folder.move(secretFiles.current, secretFiles.previous);
  folder.move(secretFiles.next, secretFiles.current);
  await writeDown("switch", key, folder);
  print(`${secretFiles.current} is the new key now, ${secretFiles.previous} the one before.`);
  print(`1. Bring ${secretFiles.current} to ${key.owner}. They take it over within seconds.`);
  print(`2. When all have it: drawbridge keys drop ${key.name} --in ${folder.path}`);
  return exitCodes.ok;
}

/** Ends every key but the current one, and the next where there is one. */
export async function dropKeys(input: CommandInput): Promise<ExitCode> {
  const { key, shared, folder } = rotated(input);
  if (key === undefined) return dropShared(shared, folder);
  const { secretFiles, publicFile } = key;
  const text = folder.read(publicFile);
  const kept = [secretFiles.current, secretFiles.next]
    .filter((file) => folder.has(file))
    .map((file) => key.publicOf(folder.read(file)));
  const gone = key.listed(text).filter((one) => !kept.includes(one));
  if (gone.length === 0 && !folder.has(secretFiles.previous))
    throw refused(`there is no old key of ${key.name}`);
  folder.replacePublic(publicFile, gone.reduce(key.dropped, text));
  if (folder.has(secretFiles.previous)) folder.remove(secretFiles.previous);
  await writeDown("drop", key, folder);
  print(
    `${publicFile} holds ${kept.length === 1 ? "the current key only" : "the current and the next key"}.`,
  );
  print(`Bring it to ${key.others}${afterwards(key)}. What still uses an old key is refused within seconds.`);
  return exitCodes.ok;
}

export async function listKeys({ text }: CommandInput): Promise<ExitCode> {
  const folder = new KeyFolder(text("in") ?? "");
  const names = folder.names.flatMap((file) => keyNameOf(file) ?? []);
  for (const name of names) {
    const key = findRotatedKey(name);
    if (key === undefined) continue;
    const listed = key.listed(folder.read(key.publicFile));
    for (const place of keyPlaces) {
      const file = key.secretFiles[place];
      if (!folder.has(file)) continue;
      const publicKey = key.publicOf(folder.read(file));
      const since = folder.changedAt(file).toISOString().slice(0, 10);
      const note = listed.includes(publicKey) ? "" : `  not in ${key.publicFile}`;
      print(row(name, place, since, `${await key.idOf(publicKey)}${note}`));
    }
  }
  for (const shared of folder.names.flatMap((file) => sharedKeyOf(file) ?? [])) listShared(shared, folder);
  return exitCodes.ok;
}

function listShared(key: SharedKey, folder: KeyFolder): void {
  const since = folder.changedAt(key.file).toISOString().slice(0, 10);
  const behind: KeyPlace = folder.has(key.nextFile) ? "next" : "previous";
  for (const [index, one] of sharedKeysIn(key, folder).entries())
    print(row(key.name, index === 0 ? "current" : behind, since, sharedKeyId(one)));
}

function row(name: string, place: KeyPlace, since: string, rest: string): string {
  return `${name.padEnd(nameWidth)} ${place.padEnd(9)} ${since}  ${rest}`;
}

const nameWidth = 24;

/** One half of a pair, or shared by the programs of one side. */
type Rotated = { readonly folder: KeyFolder } & (
  | { readonly key: RotatedKey; readonly shared?: undefined }
  | { readonly key?: undefined; readonly shared: SharedKey }
);

function rotated({ positional = "", text }: CommandInput): Rotated {
  const folder = new KeyFolder(text("in") ?? "");
  const key = findRotatedKey(positional);
  if (key !== undefined && folder.has(key.secretFiles.current)) return { key, folder };
  const shared = findSharedKey(positional);
  if (shared !== undefined && folder.has(shared.file)) return { shared, folder };
  const known = folder.names.flatMap((file) => keyNameOf(file) ?? sharedKeyOf(file)?.name ?? []);
  throw new CommandError(
    `drawbridge keys: ${folder.path} has no key ${JSON.stringify(positional)} (there are: ${known.join(", ") || "none"})`,
    exitCodes.usage,
  );
}

async function writeDown(change: KeyChange["change"], key: RotatedKey, folder: KeyFolder): Promise<void> {
  const ids = await Promise.all(key.listed(folder.read(key.publicFile)).map((one) => key.idOf(one)));
  writeJournal(folder, { change, keys: key.name, ids });
}

function afterwards({ reload }: RotatedKey): string {
  return reload === undefined ? "" : `, then run \`${reload}\` there`;
}
