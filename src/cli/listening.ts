/**
 * Starting a server, with a sentence for the operator when its port is taken.
 *
 * @module
 */

import { CommandError, exitCodes } from "./exit-codes.ts";

/** @throws {CommandError} that says which address cannot be listened on. */
export async function listening<T>(
  { host, port }: { readonly host: string; readonly port: number },
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CommandError(`cannot listen on ${host}, port ${port} (${code})`, exitCodes.configuration);
  }
}
