/**
 * `drawbridge login`: one login at a gateway, for trying things out and for scripts.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { CommandInput } from "./command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { print } from "./print.ts";

const requestTimeoutMs = 90_000;
const answerBytesMax = 1_048_576;

export async function login({ text }: CommandInput): Promise<ExitCode> {
  const url = loginUrl(text("url") ?? "");
  const ca = readCa(text("ca"));
  const password = await readPassword();
  const connection = text("connection");
  const body = { username: text("username"), password, ...(connection === undefined ? {} : { connection }) };
  const answer = await post(url, JSON.stringify(body), ca);
  print(answer.text);
  switch (answer.status) {
    case 200:
      return exitCodes.ok;
    case 401:
      return exitCodes.denied;
    case 503:
      return exitCodes.unavailable;
    default:
      throw new CommandError(`drawbridge login: the gateway answered ${answer.status}`, exitCodes.usage);
  }
}

function loginUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new CommandError("drawbridge login: --url must be an http or https URL", exitCodes.usage);
  }
  return new URL("/v1/login", text);
}

function readCa(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new CommandError(`drawbridge login: ${file} cannot be read`, exitCodes.usage);
  }
}

/** The first line of standard input; typed at a terminal, it is asked for and not shown. */
async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY;
  if (isTerminal) process.stderr.write("Password: ");
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal });
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

interface Answer {
  readonly status: number;
  readonly text: string;
}

function post(url: URL, body: string, ca: string | undefined): Promise<Answer> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const options = {
    method: "POST",
    headers: { "content-type": "application/json" },
    signal: AbortSignal.timeout(requestTimeoutMs),
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const reason = "code" in error ? String(error.code) : error.message;
      reject(
        new CommandError(`drawbridge login: ${url.origin} did not answer (${reason})`, exitCodes.unavailable),
      );
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
    sent.end(body);
  });
}
