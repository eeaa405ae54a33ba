/**
 * Who changed keys: records of the audit beside the keys, because whoever changes them need not be where the programs are.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { createProcessId } from "../../protocol/subjects.ts";
import { asTheyAre } from "../../telemetry/audit/disguise.ts";
import { AuditTrail } from "../../telemetry/audit/trail.ts";
import type { KeyFolder } from "./key-folder.ts";

export const journalFile = "audit.jsonl";

export interface KeyChange {
  readonly change: "create" | "next" | "switch" | "drop";
  /** Names of the keys. */
  readonly keys: string;
  /** Of the public keys that are good after it. */
  readonly ids?: readonly string[];
}

/** @throws {CommandError} when it cannot be written. */
export function writeJournal(folder: KeyFolder, change: KeyChange): void {
  const replica = createProcessId(randomBytes);
  const trail = new AuditTrail({ program: "keys", replica, disguise: asTheyAre, wallClock: Date.now });
  trail.keepIn({ take: ({ line }) => folder.appendSecret(journalFile, `${line}\n`) });
  trail.write("keys_changed", { ...change, user: userName(), host: hostname() });
}

/** A container's user need not have one. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
