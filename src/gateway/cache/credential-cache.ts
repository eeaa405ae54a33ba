/**
 * What was known of people at their last login, for logins while no directory can be asked.
 *
 * A person is kept once, with the hash of the password that a directory accepted last; each name that they typed leads there. So a new
 * password, or a purge, counts for all of their names. Nothing here stands in the way of a login that a directory answers.
 *
 * @module
 */

import type { AccountName } from "../../login/account-name.ts";
import type { ConnectionName } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import type { Identity } from "../../login/identity.ts";
import type { Bucket } from "../../protocol/store-port.ts";
import { cachedName, mayBeCached } from "./cached-name.ts";
import type { CacheRules } from "./cached-name.ts";
import type { ConnectionVault } from "./connection-vault.ts";
import type { PasswordHash, PasswordHasher } from "./password-hash.ts";

export interface CredentialCacheDeps {
  readonly vault: ConnectionVault;
  readonly rules: CacheRules;
  readonly hasher: PasswordHasher;
  readonly wallClock: () => number;
}

export type CacheCheck =
  | { readonly kind: "right"; readonly identity: Identity; readonly checkedAtMs: number }
  /** `unknown` also where it is too old, or not kept any more; `throttled` after too many wrong ones. */
  | { readonly kind: "wrong" | "unknown" | "throttled" | "busy" | "unavailable" };

export type CacheWrite = "kept" | "left_out" | "busy" | "unavailable";

interface CachedPerson {
  readonly identity: Identity;
  readonly password: PasswordHash;
  readonly checkedAtMs: number;
}

interface Guesses {
  /** Or not answered yet. */
  readonly wrong: number;
  readonly sinceMs: number;
}

/** Wrong passwords for one person, at all gateways together; then nothing is compared until the time is over. */
const guessesMax = 10;
const guessWindowMs = 900_000;
const storeWaitMs = 2_000;

export class CredentialCache {
  readonly connection: ConnectionName;
  readonly #deps: CredentialCacheDeps;

  constructor(connection: ConnectionName, deps: CredentialCacheDeps) {
    this.connection = connection;
    this.#deps = deps;
  }

  /** After a directory accepted this password. */
  async remember(name: AccountName, password: string, identity: Identity): Promise<CacheWrite> {
    const { rules, hasher, vault, wallClock } = this.#deps;
    if (!mayBeCached(identity, rules)) {
      await this.#forgetSubject(identity.subjectId);
      return "left_out";
    }
    const checkedAtMs = wallClock();
    const hash = await hasher.hash(password);
    if (hash === "busy") return hash;
    const opened = await vault.openOrMake(soon());
    if (opened.kind !== "open") return "unavailable";
    const person: CachedPerson = { identity, password: hash, checkedAtMs };
    const written = await Promise.all([
      opened.bucket.put(cachedName(name, rules.names), encode(identity.subjectId), soon()),
      opened.bucket.put(personKey(identity.subjectId), encode(person), soon()),
    ]);
    return written.every(({ kind }) => kind === "written") ? "kept" : "unavailable";
  }

  /** While no directory can be asked. */
  async check(name: AccountName, password: string): Promise<CacheCheck> {
    // Looking somebody up for nothing would cost the logins that a directory answers.
    if (this.#deps.hasher.full) return { kind: "busy" };
    const opened = await this.#deps.vault.open(soon());
    if (opened.kind === "unavailable") return { kind: "unavailable" };
    const found = opened.kind === "open" ? await this.#find(opened.bucket, name) : undefined;
    if (found === "unavailable") return { kind: "unavailable" };
    const person = found !== undefined && this.#isGood(found) ? found : undefined;
    if (opened.kind !== "open" || person === undefined) {
      const isRight = await this.#deps.hasher.matches(password, undefined);
      return { kind: isRight === "busy" ? "busy" : "unknown" };
    }
    if (!(await this.#mayGuess(opened.bucket, person))) return { kind: "throttled" };
    const isRight = await this.#deps.hasher.matches(password, person.password);
    if (isRight === "busy") return { kind: "busy" };
    if (!isRight) return { kind: "wrong" };
    await opened.bucket.delete(guessesKey(person.identity.subjectId), soon());
    return { kind: "right", identity: person.identity, checkedAtMs: person.checkedAtMs };
  }

  /** After a directory said that this person may not log in, or that the password is another one. */
  async forget(name: AccountName): Promise<void> {
    const opened = await this.#deps.vault.open(soon());
    if (opened.kind !== "open") return;
    const key = cachedName(name, this.#deps.rules.names);
    const subjectId = await opened.bucket.get(key, soon());
    if (subjectId.kind !== "found") return;
    await Promise.all([
      opened.bucket.delete(key, soon()),
      opened.bucket.delete(personKey(String(decode(subjectId.value))), soon()),
    ]);
  }

  /** After a directory refused a password: was it right before? Only looked at while nothing else is to be hashed. */
  async isFormer(name: AccountName, password: string): Promise<boolean> {
    if (!this.#deps.hasher.idle) return false;
    const opened = await this.#deps.vault.open(soon());
    if (opened.kind !== "open") return false;
    const person = await this.#find(opened.bucket, name);
    if (person === undefined || person === "unavailable") return false;
    return (await this.#deps.hasher.matches(password, person.password)) === true;
  }

  /** Of everybody. */
  remove(): ReturnType<ConnectionVault["destroy"]> {
    return this.#deps.vault.destroy(soon());
  }

  async #forgetSubject(subjectId: string): Promise<void> {
    const opened = await this.#deps.vault.open(soon());
    if (opened.kind === "open") await opened.bucket.delete(personKey(subjectId), soon());
  }

  async #find(bucket: Bucket, name: AccountName): Promise<CachedPerson | "unavailable" | undefined> {
    const pointer = await bucket.get(cachedName(name, this.#deps.rules.names), soon());
    if (pointer.kind !== "found") return pointer.kind === "none" ? undefined : pointer.kind;
    const person = await bucket.get(personKey(String(decode(pointer.value))), soon());
    if (person.kind !== "found") return person.kind === "none" ? undefined : person.kind;
    return decode(person.value) as CachedPerson;
  }

  #isGood({ identity, checkedAtMs }: CachedPerson): boolean {
    const { rules, wallClock } = this.#deps;
    return wallClock() - checkedAtMs <= rules.maxAgeMs && mayBeCached(identity, rules);
  }

  /** Writes a guess down before it is made, so that many at once are no more than one after the other. */
  async #mayGuess(bucket: Bucket, { identity }: CachedPerson): Promise<boolean> {
    const key = guessesKey(identity.subjectId);
    const nowMs = this.#deps.wallClock();
    for (let tries = 0; tries < guessesMax; tries += 1) {
      const found = await bucket.get(key, soon());
      if (found.kind === "unavailable") return false;
      const before = found.kind === "found" ? (decode(found.value) as Guesses) : undefined;
      const isRecent = before !== undefined && nowMs - before.sinceMs < guessWindowMs;
      if (isRecent && before.wrong >= guessesMax) return false;
      const after = encode(isRecent ? { ...before, wrong: before.wrong + 1 } : { wrong: 1, sinceMs: nowMs });
      const written =
        found.kind === "found"
          ? await bucket.update(key, after, found.revision, soon())
          : await bucket.create(key, after, soon());
      if (written.kind !== "conflict") return written.kind === "written";
    }
    return false;
  }
}

function personKey(subjectId: string): string {
  return `person ${subjectId}`;
}

function guessesKey(subjectId: string): string {
  return `guesses ${subjectId}`;
}

function soon(): Deadline {
  return Deadline.after(storeWaitMs);
}

function encode(value: string | CachedPerson | Guesses): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Written by us: the bucket is sealed. */
function decode(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString("utf8"));
}
