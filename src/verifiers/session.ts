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
import { denied, unavailable } from "../login/verdict.ts";
import type { DenialReason } from "../login/verdict.ts";

export function createSessionVerifier(directory: Directory): Verifier<SessionAttempt> {
  return {
    async verify({ subjectId }, context) {
      context.report("searching");
      const found = await directory.findAccountBy({ by: "subject", subjectId }, context.deadline);
      switch (found.kind) {
        case "none":
          return denied("unknown_account");
        case "several":
          return denied("ambiguous_account");
        case "unavailable":
          return { outcome: "returned", why: found.fault };
        case "found":
          break;
      }
      const judged = directory.judge(found.account);
      if (judged.kind === "unavailable") return unavailable(judged.fault);
      const problem = judged.problems.find((one) => !harmless.has(one));
      if (problem !== undefined) return denied(problem);
      context.report("enriching");
      const read = await directory.readIdentity(found.account, context.deadline);
      if (read.kind === "unavailable") return unavailable(read.fault);
      return { outcome: "accepted", identity: read.identity };
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
