/**
 * `drawbridge load`: a polite load test of one's own gateway, with one account and its right password.
 *
 * The load is open: logins begin at their times whether or not those before them have ended, as people's do, and how long one took is
 * counted from when it should have begun. One login is made first; the rest only if it was accepted. The first denial ends the test, so
 * that a password which is wrong, or no longer right, is not sent again and again.
 *
 * @module
 */

import { Agent as AgentHttp } from "node:http";
import { Agent as AgentHttps } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import type { CommandInput } from "./command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import {
  bodyOf,
  isDenial,
  loginUrl,
  postLogin,
  readLine,
  readOptional,
  readPassword,
} from "./login-request.ts";
import type { LoginAnswer, LoginPost } from "./login-request.ts";
import { print } from "./print.ts";

export const loadLimits = { rateMax: 50, secondsMax: 60, inFlightMax: 200 } as const;
const rateByDefault = 5;
const secondsByDefault = 10;
const progressEveryMs = 1_000;
const eraseLine = "\r\u001b[K";

export async function load({ text, flag, signal }: CommandInput): Promise<ExitCode> {
  const rate = numberOf("--rate", text("rate"), rateByDefault, loadLimits.rateMax);
  const seconds = numberOf("--seconds", text("seconds"), secondsByDefault, loadLimits.secondsMax);
  const url = loginUrl(text("url") ?? "");
  const ca = readOptional(text("ca"));
  const password = readLine(text("password-file")) ?? (await readPassword());
  const connection = text("connection");
  using agent = keepingAlive(url);
  const post: LoginPost = {
    url,
    ca,
    token: readLine(text("token-file")),
    agent: agent.agent,
    body: { username: text("username"), password, ...(connection === undefined ? {} : { connection }) },
  };
  const first = await attempt(post, performance.now());
  if (first.outcome !== "accepted") {
    print(`The first login was not accepted (${first.outcome}), so there was no second.`);
    return first.outcome.startsWith("denied") ? exitCodes.denied : exitCodes.unavailable;
  }
  const ended = await run(post, rate, seconds, signal);
  if (flag("json")) print(JSON.stringify({ rate, seconds, ...summaryOf(ended) }));
  else for (const line of describe(ended, rate, seconds)) print(line);
  if (ended.some(({ outcome }) => outcome.startsWith("denied"))) return exitCodes.denied;
  return ended.every(({ outcome }) => outcome === "accepted") ? exitCodes.ok : exitCodes.unavailable;
}

function numberOf(option: string, text: string | undefined, byDefault: number, most: number): number {
  if (text === undefined) return byDefault;
  const number = Number(text);
  if (Number.isFinite(number) && number > 0 && number <= most) return number;
  throw new CommandError(
    `drawbridge load: ${option} is a number above 0 and at most ${most}; this is a look at an installation, not an attack on it`,
    exitCodes.usage,
  );
}

function keepingAlive({ protocol }: URL): Disposable & { readonly agent: AgentHttp } {
  const options = { keepAlive: true, maxSockets: loadLimits.inFlightMax };
  const agent = protocol === "https:" ? new AgentHttps(options) : new AgentHttp(options);
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}

interface Ended {
  /** `accepted`, `denied: …`, `unavailable: …`, `refused: …`, `no answer`, `not sent`. */
  readonly outcome: string;
  /** Since it should have begun. */
  readonly ms: number;
}

async function run(
  post: LoginPost,
  rate: number,
  seconds: number,
  signal: AbortSignal,
): Promise<readonly Ended[]> {
  const ended: Ended[] = [];
  const running = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  const count = Math.max(1, Math.floor(rate * seconds));
  const isDenied = (): boolean => ended.some(({ outcome }) => outcome.startsWith("denied"));
  const progress = setInterval(() => tellProgress(ended, count), progressEveryMs);
  for (let index = 0; index < count; index += 1) {
    const atMs = startedAtMs + (1_000 * index) / rate;
    await pause(Math.max(0, atMs - performance.now()));
    if (isDenied() || signal.aborted) break;
    if (running.size >= loadLimits.inFlightMax) {
      ended.push({ outcome: "not sent: too many are waiting", ms: 0 });
      continue;
    }
    const one = (async () => {
      ended.push(await attempt(post, atMs));
    })();
    running.add(one);
    void one.finally(() => running.delete(one));
  }
  await Promise.all(running);
  clearInterval(progress);
  if (process.stderr.isTTY) process.stderr.write(eraseLine);
  return ended;
}

async function attempt(post: LoginPost, atMs: number): Promise<Ended> {
  try {
    const answer = await postLogin(post);
    return { outcome: outcomeOf(answer), ms: performance.now() - atMs };
  } catch (error) {
    const why = error instanceof CommandError ? error.message : "unknown";
    return { outcome: `no answer: ${why}`, ms: performance.now() - atMs };
  }
}

function outcomeOf(answer: LoginAnswer): string {
  const { status, text } = answer;
  const body = bodyOf(text);
  if (isDenial(answer)) return `denied: ${String(body["reason"])}`;
  switch (status) {
    case 200:
      return "accepted";
    case 503:
      return `unavailable: ${String(body["fault"])}`;
    default:
      return `refused: ${status}`;
  }
}

function tellProgress(ended: readonly Ended[], count: number): void {
  if (process.stderr.isTTY) process.stderr.write(`${eraseLine}${ended.length} of ${count} have ended`);
}

export interface LoadSummary {
  readonly logins: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of those that were accepted, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

export function summaryOf(ended: readonly Ended[]): LoadSummary {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of ended) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const times = ended
    .filter(({ outcome }) => outcome === "accepted")
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(10 * (times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0)) / 10;
  return { logins: ended.length, outcomes, p50: at(0.5), p99: at(0.99), slowest: at(1) };
}

function describe(ended: readonly Ended[], rate: number, seconds: number): readonly string[] {
  const { logins, outcomes, p50, p99, slowest } = summaryOf(ended);
  return [
    `${logins} logins, ${rate} a second for ${seconds} s, each begun at its time`,
    ...Object.entries(outcomes).map(([outcome, count]) => `${String(count).padStart(6)}  ${outcome}`),
    `accepted ones took ${p50} ms (p50), ${p99} ms (p99), ${slowest} ms (slowest)`,
  ];
}
