/**
 * One acceptor process: started with a keytab, asked to accept tokens, ended when it does not answer.
 *
 * It gets the keytab as an open file without a name, in memory where the system has a place for that: nobody else can change or read
 * that copy, and it goes with the process. The machine's own Kerberos settings are left out, and so is the library's replay cache: it
 * knows one machine and not its neighbours, and would refuse the second look at a login whose first replica died.
 *
 * @module
 */

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Deadline } from "../../login/deadline.ts";
import { withinDeadline } from "../../login/within-deadline.ts";

export type Acceptance =
  | { readonly kind: "accepted"; readonly principal: string; readonly answer?: string }
  /** In the library's words. */
  | { readonly kind: "refused"; readonly problem: string }
  /** The process ended, does not answer, or has too much to do. */
  | { readonly kind: "unavailable" };

export interface AcceptorOptions {
  readonly keytab: Uint8Array;
  /** `service@host`, one of those in the keytab. */
  readonly service: string;
  /** Called once, when the process is gone or given up. */
  readonly onEnd: (ended: Acceptor) => void;
}

/** A token costs a fifth of a millisecond; this many are more than a second's work. */
const inFlightMax = 4_096;
const startTimeoutMs = 10_000;
/** Whoever takes longer hangs. */
const answerTimeoutMs = 2_000;
/** Where files are memory. */
const memoryFolder = "/dev/shm";
const program = join(import.meta.dirname, `acceptor-process${extname(import.meta.filename)}`);

export class Acceptor {
  readonly #process: ChildProcess;
  readonly #onEnd: AcceptorOptions["onEnd"];
  readonly #waiting = new Map<number, (acceptance: Acceptance) => void>();
  #nextId = 0;
  #ended = false;

  private constructor(process: ChildProcess, onEnd: AcceptorOptions["onEnd"]) {
    this.#process = process;
    this.#onEnd = onEnd;
  }

  /** @throws {AcceptorError} when it does not come up, or the library does not take the keytab. */
  static async start({ keytab, service, onEnd }: AcceptorOptions): Promise<Acceptor> {
    const child = spawnWith(keytab, service);
    const acceptor = new Acceptor(child, onEnd);
    const started = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => started.resolve("it did not start in time"), startTimeoutMs);
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2_000);
    });
    child.once("error", (error) => started.resolve(error.message));
    child.once("close", () => {
      started.resolve(reasonIn(complaint));
      acceptor.#end();
    });
    // A broken pipe is the end of the process, which is noticed by itself.
    child.stdin?.on("error", () => {});
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const message = parseLine(line);
        if (message["ready"] === true) started.resolve(undefined);
        else if (message["ready"] === false) started.resolve(textOf(message["problem"]));
        else acceptor.#answered(message);
      });
    }
    const problem = await started.promise;
    clearTimeout(timer);
    if (problem === undefined) return acceptor;
    acceptor.#end();
    throw new AcceptorError(problem);
  }

  /** @returns by the deadline at the latest; a token that takes too long ends the process. */
  async accept(token: string, deadline: Deadline): Promise<Acceptance> {
    if (this.#ended || this.#waiting.size >= inFlightMax) return { kind: "unavailable" };
    const id = this.#nextId++;
    const answer = Promise.withResolvers<Acceptance>();
    this.#waiting.set(id, answer.resolve);
    this.#process.stdin?.write(`${JSON.stringify({ id, token })}\n`);
    const limit = deadline.sooner(answerTimeoutMs);
    const answered = await withinDeadline(limit, answer.promise);
    this.#waiting.delete(id);
    if (answered !== "timeout") return answered;
    if (!deadline.passed) this.#end();
    return { kind: "unavailable" };
  }

  /** Answers what it was asked, and is gone. */
  retire(): void {
    this.#process.stdin?.end();
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  #answered(message: Readonly<Record<string, unknown>>): void {
    const { id, principal, answer, problem } = message;
    if (typeof id !== "number") return;
    const resolve = this.#waiting.get(id);
    if (typeof principal !== "string") resolve?.({ kind: "refused", problem: textOf(problem) });
    else resolve?.({ kind: "accepted", principal, ...(typeof answer === "string" ? { answer } : {}) });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#process.kill("SIGKILL");
    for (const resolve of this.#waiting.values()) resolve({ kind: "unavailable" });
    this.#onEnd(this);
  }
}

export class AcceptorError extends Error {
  readonly code = "acceptor_not_started";

  constructor(problem: string) {
    super(problem);
    this.name = "AcceptorError";
  }
}

function spawnWith(keytab: Uint8Array, service: string): ChildProcess {
  const path = join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), `drawbridge-${randomUUID()}`);
  writeFileSync(path, keytab, { mode: 0o600, flag: "wx" });
  try {
    const file = openSync(path, "r");
    try {
      return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, service], {
        // A group of its own: what a terminal sends to ours would end it before the logins that it works on.
        detached: true,
        stdio: ["pipe", "pipe", "pipe", file],
        env: {
          KRB5_KTNAME: "FILE:/proc/self/fd/3",
          KRB5_CONFIG: "/dev/null",
          KRB5RCACHENAME: "none:",
          LC_ALL: "C",
        },
      });
    } finally {
      closeSync(file);
    }
  } finally {
    unlinkSync(path);
  }
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "without a reason";
}

/** The line that names the error, among the frames of its stack. */
function reasonIn(complaint: string): string {
  if (/Cannot find (package|module)/.test(complaint)) {
    return "the package kerberos is not installed or its native part is not built (scripts/build-kerberos.mjs)";
  }
  return complaint.split("\n").find((line) => /^\w*Error\b/.test(line)) ?? "its process ended";
}
