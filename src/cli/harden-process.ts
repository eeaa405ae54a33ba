/**
 * What a program does so that its memory, with the passwords that are just being checked, and its last words tell nobody anything.
 *
 * What only its surroundings can do (no core dumps, no debugger flags) is in `docs/operations/secrets.md`.
 *
 * @module
 */

import type { Events } from "../telemetry/events.ts";
import { exitCodes } from "./exit-codes.ts";

export function hardenProcess(events: Events): void {
  // A defect in one login must not end the logins beside it.
  process.on("unhandledRejection", (error) => events.defect({ where: "unhandled_rejection", error }));
  // Nobody knows what it left half done. Node's own last words would quote the error's message.
  process.on("uncaughtException", (error) => {
    events.defect({ where: "uncaught_exception", error });
    process.exit(exitCodes.defect);
  });
  // Without a listener Node opens its debugger for it.
  process.on("SIGUSR1", () => undefined);
  Object.assign(process.report, {
    reportOnFatalError: false,
    reportOnSignal: false,
    reportOnUncaughtException: false,
    excludeEnv: true,
    excludeNetwork: true,
  });
}
