/**
 * `drawbridge keys next`, `switch` and `drop` for keys that programs of one side share.
 *
 * @module
 */

import { exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import { print } from "../print.ts";
import { writeJournal } from "./journal.ts";
import type { KeyChange } from "./journal.ts";
import type { KeyFolder } from "./key-folder.ts";
import { refused } from "./refused.ts";
import { createSharedKey, sharedKeyId, sharedKeysIn, writeSharedKeys } from "./shared-key.ts";
import type { SharedKey } from "./shared-key.ts";

/** Makes the next key and adds it to those that open. */
export function makeNextShared(key: SharedKey, folder: KeyFolder): ExitCode {
  if (folder.has(key.nextFile))
    throw refused(
      `${key.nextFile} is there already: switch to it with \`drawbridge keys switch ${key.name}\``,
    );
  const keys = sharedKeysIn(key, folder);
  if (keys.length > 1)
    throw refused(`${key.file} still holds an old key: end it with \`drawbridge keys drop ${key.name}\``);
  const next = createSharedKey();
  // Broken off between the two, it is an old key, and can be dropped.
  writeSharedKeys(key, folder, [...keys, next]);
  folder.createSecret(key.nextFile, `${next}\n`);
  writeDown("next", key, folder);
  print(`${key.file} holds the next key too now, which opens and does not seal yet.`);
  print(`1. Bring ${key.file} to ${key.owners}. They take it over within seconds.`);
  print(`2. When all have it: drawbridge keys switch ${key.name} --in ${folder.path}`);
  return exitCodes.ok;
}

/** Puts the next key first. */
export function switchShared(key: SharedKey, folder: KeyFolder): ExitCode {
  if (!folder.has(key.nextFile))
    throw refused(`there is no ${key.nextFile}: make it with \`drawbridge keys next ${key.name}\``);
  const next = folder.read(key.nextFile).trim();
  const keys = sharedKeysIn(key, folder);
  if (!keys.includes(next))
    throw refused(`${key.file} does not hold the key of ${key.nextFile}: nobody could open what it seals`);
  writeSharedKeys(key, folder, [next, ...keys.filter((one) => one !== next)]);
  folder.remove(key.nextFile);
  writeDown("switch", key, folder);
  print(`${key.file} seals with the new key now, and still opens with the one before.`);
  print(`1. Bring ${key.file} to ${key.owners}. They take it over within seconds.`);
  print(`2. When ${key.endsAfter}: drawbridge keys drop ${key.name} --in ${folder.path}`);
  return exitCodes.ok;
}

/** Ends every key but the one that seals, and the next where there is one. */
export function dropShared(key: SharedKey, folder: KeyFolder): ExitCode {
  const keys = sharedKeysIn(key, folder);
  const next = folder.has(key.nextFile) ? folder.read(key.nextFile).trim() : undefined;
  const kept = keys.filter((one, index) => index === 0 || one === next);
  if (kept.length === keys.length) throw refused(`there is no old key of ${key.name}`);
  writeSharedKeys(key, folder, kept);
  writeDown("drop", key, folder);
  print(`${key.file} holds ${kept.length === 1 ? "the current key only" : "the current and the next key"}.`);
  print(`Bring it to ${key.owners}. What an old key sealed opens no more.`);
  return exitCodes.ok;
}

function writeDown(change: KeyChange["change"], key: SharedKey, folder: KeyFolder): void {
  writeJournal(folder, { change, keys: key.name, ids: sharedKeysIn(key, folder).map(sharedKeyId) });
}
