/**
 * Open-loop load: each login begins when its time has come, however long the ones before it take, and its time counts from then.
 *
 * An application whose gateway dies under it does what a person does: it tries again at the next one. Whoever had typed a wrong
 * password there has typed it twice then, so a repeat counts as sent once more.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayProgram, LoginAnswer } from "../test/support/drawbridge.ts";
import type { Credentials } from "./credentials.ts";
import type { Kind, Roster } from "./roster.ts";

export interface EndedLogin {
  readonly kind: Kind;
  /** When it was due, on this process's monotonic clock. */
  readonly dueAtMs: number;
  readonly ms: number;
  /** How often its password was sent. */
  readonly sent: number;
  readonly end: "accepted" | "denied" | "unavailable" | "lost";
  /** Reason, fault, or what the client saw. */
  readonly detail: string;
  readonly attempt: string;
}

export interface LoadOptions {
  readonly perSecond: number;
  /** At least; it goes on until {@link isOver}. */
  readonly seconds: number;
  readonly isOver: () => boolean;
  readonly roster: Roster;
  /** Passwords unless told. */
  readonly send?: Credentials["send"];
  /** Those that take requests now, as a load balancer knows them. */
  readonly gateways: () => readonly GatewayProgram[];
  /** Beyond it a login is lost. */
  readonly deadlineMs: number;
}

/** Attempts of one client at further gateways. */
const repeatsMax = 3;
const repeatPauseMs = 20;

export async function runLoad(options: LoadOptions): Promise<readonly EndedLogin[]> {
  const { perSecond, seconds } = options;
  const startedAt = performance.now();
  const logins: Promise<EndedLogin>[] = [];
  for (let n = 0; n < perSecond * seconds || !options.isOver(); n += 1) {
    const dueAtMs = startedAt + (n * 1_000) / perSecond;
    const waitMs = dueAtMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    logins.push(logIn(dueAtMs, n, options));
  }
  return Promise.all(logins);
}

async function logIn(dueAtMs: number, n: number, options: LoadOptions): Promise<EndedLogin> {
  const login = options.roster.next();
  const { kind } = login;
  const { send = sendPassword } = options;
  const ended = (sent: number, end: EndedLogin["end"], detail: string, attempt = ""): EndedLogin => {
    const ms = performance.now() - dueAtMs;
    return { kind, dueAtMs, ms, sent, end: ms > options.deadlineMs ? "lost" : end, detail, attempt };
  };
  let sent = 0;
  let complaint = "no gateway";
  for (let repeat = 0; repeat <= repeatsMax; repeat += 1) {
    const gateways = options.gateways();
    const gateway = gateways[(n + repeat) % gateways.length];
    if (gateway !== undefined) {
      sent += 1;
      const answer = await send(gateway, login).catch((error: unknown) => String(error));
      if (typeof answer !== "string") return ended(sent, ...outcomeOf(answer));
      complaint = answer;
      // A refused connection carried nothing.
      if (answer.includes("ECONNREFUSED")) sent -= 1;
    }
    await sleep(repeatPauseMs);
  }
  return ended(sent, "lost", complaint);
}

const sendPassword: Credentials["send"] = (gateway, { username, password }) =>
  gateway.login({ username, password });

function outcomeOf({ status, body }: LoginAnswer): [EndedLogin["end"], string, string] {
  const attempt = String(body["attempt"] ?? "");
  switch (status) {
    case 200:
      return ["accepted", "", attempt];
    case 401:
      return ["denied", String(body["reason"]), attempt];
    case 503:
      return ["unavailable", String(body["fault"]), attempt];
    default:
      return ["lost", `HTTP ${status} ${String(body["error"] ?? "")}`, attempt];
  }
}
