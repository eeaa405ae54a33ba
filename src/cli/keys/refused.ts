/**
 * What is not done to a key, and why.
 *
 * @module
 */

import { CommandError, exitCodes } from "../exit-codes.ts";

export function refused(why: string): CommandError {
  return new CommandError(`drawbridge keys: ${why}`, exitCodes.cannotCreate);
}
