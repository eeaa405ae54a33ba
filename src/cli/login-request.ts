/**
 * One login at a gateway over HTTP, and the password for it.
 *
 * @module
 */

import { request as requestHttp } from "node:http";
import type { Agent } from "node:http";
import { request as requestHttps } from "node:https";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { readTextFile } from "../config/text-file.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";

const requestTimeoutMs = 90_000;
const answerBytesMax = 1_048_576;

/** @throws {CommandError} for what is no URL of a gateway. */
export function loginUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new CommandError("--url must be an http or https URL", exitCodes.usage);
  }
  return new URL("/v1/login", text);
}

/** The first line of a file that holds nothing else. @throws {CommandError} */
export function readLine(file: string | undefined): string | undefined {
  return readOptional(file)?.replace(/\r?\n$/, "");
}

/** @throws {CommandError} */
export function readOptional(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const read = readTextFile(file);
  if (read.ok) return read.text;
  throw new CommandError(`${file} ${read.problem}`, exitCodes.usage);
}

/** The first line of standard input; typed at a terminal, it is asked for and not shown. */
export async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal });
  // From here on nothing that is typed is shown.
  if (isTerminal) process.stderr.write("Password: ");
  // At a terminal Ctrl-C arrives here as a key.
  lines.once("SIGINT", () => process.exit(exitCodes.interrupted));
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write("\n");
  }
}

export interface LoginAnswer {
  readonly status: number;
  readonly text: string;
}

export interface LoginPost {
  readonly url: URL;
  readonly body: object;
  /** PEM; the system's where it is absent. */
  readonly ca: string | undefined;
  readonly token: string | undefined;
  /** Keeps connections open between one and the next; each has its own where it is absent. */
  readonly agent?: Agent;
}

/** A 401 that is about the caller's token is no denial of the person. */
export function isDenial({ status, text }: LoginAnswer): boolean {
  return status === 401 && bodyOf(text)["outcome"] === "denied";
}

/** Empty where it is no JSON object. */
export function bodyOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** @throws {CommandError} when no answer came. */
export function postLogin({ url, body, ca, token, agent }: LoginPost): Promise<LoginAnswer> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const options = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(requestTimeoutMs),
    ...(ca === undefined ? {} : { ca }),
    ...(agent === undefined ? {} : { agent }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const reason = "code" in error ? String(error.code) : error.message;
      reject(new CommandError(`${url.origin} did not answer (${reason})`, exitCodes.unavailable));
    };
    const sent = request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > answerBytesMax) response.destroy(new Error("the answer is too large"));
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: text.trim() }));
    });
    sent.on("error", fail);
    sent.end(JSON.stringify(body));
  });
}
