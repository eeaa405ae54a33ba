/**
 * Files of secrets, read again and again while a program runs.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Secret } from "../login/secret.ts";
import type { ConfigProblem } from "./load.ts";
import { SettingFiles } from "./setting-files.ts";

export interface WatchedSecrets<T> {
  /** As they were read at the start. */
  readonly secrets: T;
  readonly read: (files: SettingFiles) => T;
  readonly onChange: (secrets: T) => void;
  /** Called for files that are of no use, once for each way in which they are; what was read before goes on serving. */
  readonly onProblem: (problem: ConfigProblem) => void;
}

/** Kubernetes brings a changed secret within a minute; a file system's own notices do not come through its links. */
const intervalMs = 2_000;

/** Reads the files, and tells when what is in them has changed. */
export function watchSecrets<T>({ secrets, read, onChange, onProblem }: WatchedSecrets<T>): Disposable {
  let known = fingerprintOf(secrets);
  let earlier: SettingFiles | undefined;
  let told: readonly string[] = [];
  const look = (): void => {
    const files = new SettingFiles(earlier);
    const found = read(files);
    const problems = files.problems.map((problem) => `${problem.path} ${problem.message}`);
    for (const [index, problem] of files.problems.entries()) {
      if (!told.includes(problems[index] ?? "")) onProblem(problem);
    }
    told = problems;
    earlier = files;
    // At the very start there may be nothing to put in the place of what cannot be read.
    if (!files.isComplete) return;
    const fingerprint = fingerprintOf(found);
    if (fingerprint === known) return;
    known = fingerprint;
    onChange(found);
  };
  look();
  const timer = setInterval(look, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function fingerprintOf(secrets: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(textsOf(secrets)) ?? "")
    .digest("base64");
}

function textsOf(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (value instanceof Map) return [...value].map(textsOf);
  if (Array.isArray(value)) return value.map(textsOf);
  if (typeof value === "object" && value !== null) return Object.entries(value).map(textsOf);
  return value;
}
