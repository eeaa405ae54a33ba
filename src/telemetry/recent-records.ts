/**
 * What happened lately, for an operator who looks: the log's own records, sorted, in so much memory and no more.
 *
 * Nothing that is in no log is here, and so nothing about a person.
 *
 * @module
 */

import { remember } from "../login/remember.ts";
import type { Log, LogLevel } from "./log.ts";

/** The same thing that went wrong, however often. */
export interface Trouble {
  /** The record's name in the log. */
  readonly event: string;
  readonly isError: boolean;
  /** A fault, or another reason; empty where the event says it all. */
  readonly cause: string;
  readonly connection?: string;
  /** What it happened to: a bucket, a setting; a replica, the last one. */
  readonly subject?: string;
  /** The last one's, where it was a login. */
  readonly attempt?: string;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** How many logins of one connection ended so in the last minutes. */
export interface LoginCount {
  readonly connection: string;
  readonly outcome: string;
  readonly reason: string;
  readonly count: number;
}

/** How one login went, as the gateway that served it saw it. */
export interface LoginRecord {
  readonly ms: number;
  readonly grants: number;
  readonly connector?: string;
  readonly controller?: string;
  readonly claimMs?: number;
}

type Fields = Readonly<Record<string, unknown>>;

export const countedMinutes = 5;
const troublesMax = 50;
const loginsMax = 64;
const textLengthMax = 200;
const minuteMs = 60_000;

export class RecentRecords {
  readonly #wallClock: () => number;
  /** The one that happened last stands at the end. */
  readonly #troubles = new Map<string, Trouble>();
  /** By minute, then by connection, outcome and reason, which are all closed unions or settings. */
  readonly #minutes = new Map<number, Map<string, LoginCount>>();
  readonly #logins = new Map<string, LoginRecord>();
  readonly #buckets = new Map<string, boolean>();
  #busServer: string | undefined;

  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
  }

  /** The same log, overheard. */
  tee(log: Log): Log {
    const hear = (level: LogLevel) => (event: string, fields: Fields) => {
      log[level](event, fields);
      this.#hear(level, event, fields);
    };
    return { debug: log.debug, info: hear("info"), warn: hear("warn"), error: hear("error") };
  }

  /** The newest first. */
  get troubles(): readonly Trouble[] {
    return [...this.#troubles.values()].toReversed();
  }

  get logins(): readonly LoginCount[] {
    this.#forgetMinutes();
    const sums = new Map<string, LoginCount>();
    for (const [key, one] of [...this.#minutes.values()].flatMap((minute) => [...minute]))
      sums.set(key, { ...one, count: one.count + (sums.get(key)?.count ?? 0) });
    return [...sums.values()].toSorted((one, other) => other.count - one.count);
  }

  /** Of one of the last logins. */
  login(attempt: string): LoginRecord | undefined {
    return this.#logins.get(attempt);
  }

  /** Whether each bucket of the store that was used answers. */
  get buckets(): ReadonlyMap<string, boolean> {
    return this.#buckets;
  }

  /** The NATS server that the program was connected to last. */
  get busServer(): string | undefined {
    return this.#busServer;
  }

  #hear(level: LogLevel, event: string, fields: Fields): void {
    switch (event) {
      case "login_ended":
        this.#countLogin(fields);
        break;
      case "bus_connected":
        this.#busServer = textOf(fields["server"]);
        break;
      case "store_available":
      case "store_unavailable":
        this.#buckets.set(textOf(fields["bucket"]) ?? "", event === "store_available");
        break;
    }
    if (level === "warn" || level === "error") this.#note(level, event, fields);
  }

  #note(level: LogLevel, event: string, fields: Fields): void {
    const [connection, attempt] = [textOf(fields["connection"]), textOf(fields["attempt"])];
    const cause = firstText(fields, ["reason", "why", "result", "answer", "error"]) ?? "";
    const thing = firstText(fields, ["bucket", "setting", "sink", "where", "client"]);
    // Replicas make no rows of their own: who can write to the bus can invent any number of them.
    const subject = thing ?? textOf(fields["connector"]);
    const key = JSON.stringify([event, cause, connection, thing]);
    const before = this.#troubles.get(key);
    const now = this.#wallClock();
    const trouble = {
      event,
      isError: level === "error",
      cause,
      ...(connection === undefined ? {} : { connection }),
      ...(subject === undefined ? {} : { subject }),
      ...(attempt === undefined ? {} : { attempt }),
      count: 1 + (before?.count ?? 0),
      firstAtMs: before?.firstAtMs ?? now,
      lastAtMs: now,
    };
    remember(this.#troubles, key, trouble, troublesMax);
  }

  #countLogin(fields: Fields): void {
    const connection = textOf(fields["connection"]) ?? "";
    const [outcome, reason] = [textOf(fields["outcome"]) ?? "", textOf(fields["reason"]) ?? ""];
    const minute = Math.floor(this.#wallClock() / minuteMs);
    const counts = this.#minutes.get(minute) ?? new Map<string, LoginCount>();
    const key = JSON.stringify([connection, outcome, reason]);
    counts.set(key, { connection, outcome, reason, count: 1 + (counts.get(key)?.count ?? 0) });
    this.#minutes.set(minute, counts);
    this.#forgetMinutes();
    const [connector, controller] = [textOf(fields["connector"]), textOf(fields["controller"])];
    const login = {
      ms: Number(fields["ms"]),
      grants: Number(fields["grants"]),
      ...(connector === undefined ? {} : { connector }),
      ...(controller === undefined ? {} : { controller }),
      ...(typeof fields["claimMs"] === "number" ? { claimMs: fields["claimMs"] } : {}),
    };
    remember(this.#logins, textOf(fields["attempt"]) ?? "", login, loginsMax);
  }

  /** This minute and those before it. */
  #forgetMinutes(): void {
    const first = Math.floor(this.#wallClock() / minuteMs) - countedMinutes;
    for (const minute of this.#minutes.keys()) if (minute < first) this.#minutes.delete(minute);
  }
}

function firstText(fields: Fields, names: readonly string[]): string | undefined {
  return names.map((name) => textOf(fields[name])).find((text) => text !== undefined);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, textLengthMax) : undefined;
}
