/**
 * `drawbridge login`: one login at a gateway, for trying things out and for scripts.
 *
 * @module
 */

import type { CommandInput } from "./command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { isDenial, loginUrl, postLogin, readLine, readOptional, readPassword } from "./login-request.ts";
import { whileNoting } from "./paint.ts";
import { print } from "./print.ts";

export async function login({ text }: CommandInput): Promise<ExitCode> {
  const url = loginUrl(text("url") ?? "");
  const ca = readOptional(text("ca"));
  const token = readLine(text("token-file"));
  const password = await readPassword();
  const connection = text("connection");
  const body = { username: text("username"), password, ...(connection === undefined ? {} : { connection }) };
  const answer = await whileNoting("waiting for the gateway", postLogin({ url, body, ca, token }));
  print(answer.text);
  if (isDenial(answer)) return exitCodes.denied;
  switch (answer.status) {
    case 200:
      return exitCodes.ok;
    case 503:
      return exitCodes.unavailable;
    default:
      throw new CommandError(`the gateway answered ${answer.status}`, exitCodes.usage);
  }
}
