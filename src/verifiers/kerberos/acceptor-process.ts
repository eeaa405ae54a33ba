/**
 * The process in which tickets are decrypted: the only file that calls the native library.
 *
 * A crash in there, or a call that never comes back, ends this process and nothing else. It reads one request a line and writes one
 * answer a line, and ends when nobody holds its input any more. Keytab and settings of the library come in its environment.
 *
 * @see acceptor.ts — the other end
 * @module
 */

import { createInterface } from "node:readline";
import kerberos from "kerberos";

interface Request {
  readonly id: number;
  /** Base64. */
  readonly token: string;
}

/** `service@host`, of which the keytab must have a key. */
const [service = ""] = process.argv.slice(2);

await announce();
for await (const line of createInterface({ input: process.stdin })) void accept(JSON.parse(line));

async function announce(): Promise<void> {
  try {
    await kerberos.initializeServer(service);
    say({ ready: true });
  } catch (error) {
    say({ ready: false, problem: messageOf(error) });
  }
}

async function accept({ id, token }: Request): Promise<void> {
  try {
    // Without a name every key of the keytab is good.
    const context = await kerberos.initializeServer("");
    const answer = await context.step(token);
    // @NOTE The library says that a context is complete also when the mechanism asks for another token. Then there is no name, which
    // is an error; and only Kerberos is let in here, whose first token of SPNEGO either completes or fails.
    const { username } = context;
    say({ id, principal: username, ...(typeof answer === "string" && answer !== "" ? { answer } : {}) });
  } catch (error) {
    say({ id, problem: messageOf(error) });
  }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "an error without a message";
}
