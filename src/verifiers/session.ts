/**
 * Checks whether somebody who logged in before still may.
 *
 * What only the next login has to know does not end a session: a lockout is about somebody's guesses at the password, which would
 * otherwise throw the right person out, and an expired password was the right one when the session began.
 *
 * @module
 */

import type { SessionAttempt } from "../login/attempt.ts";
import type { Directory, Verifier } from "../login/ports.ts";
import { unavailable } from "../login/verdict.ts";
import type { DenialReason } from "../login/verdict.ts";
import { admit } from "./admit.ts";

export function createSessionVerifier(directory: Directory): Verifier<SessionAttempt> {
  return {
    async verify({ subjectId }, context) {
      context.report("searching");
      const found = await directory.findAccountBy({ by: "subject", subjectId }, context.deadline);
      const admitted = await admit(directory, found, (problem) => !harmless.has(problem), context);
      switch (admitted.kind) {
        case "ended":
          return admitted.end;
        case "unread":
          return unavailable(admitted.fault);
        case "admitted":
          return { outcome: "accepted", identity: admitted.identity };
      }
    },
  };
}

const harmless: ReadonlySet<DenialReason> = new Set<DenialReason>([
  "account_locked",
  "password_expired",
  "password_must_change",
  // From where somebody logged in was looked at then.
  "workstation_restricted",
  "logon_type_not_granted",
]);
