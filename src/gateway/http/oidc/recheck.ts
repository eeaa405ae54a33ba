/**
 * Asks the directory whether somebody who logged in before still may, over the same steps as a login.
 *
 * @module
 */

import type { AttemptId, SessionAttempt } from "../../../login/attempt.ts";
import { Deadline } from "../../../login/deadline.ts";
import type { AuthenticateOf } from "../../answered.ts";
import type { Recheck } from "./accounts.ts";
import { toldIdentity } from "./known-people.ts";

export interface RecheckDeps {
  readonly authenticate: AuthenticateOf<SessionAttempt>;
  readonly newAttemptId: () => AttemptId;
  readonly loginDeadlineMs: number;
  readonly wallClock: () => number;
}

export function createRecheck(deps: RecheckDeps): Recheck {
  return async ({ connection, identity: { subjectId } }, application) => {
    const checkedAtMs = deps.wallClock();
    const attempt = { id: deps.newAttemptId(), connection, method: "session", subjectId } as const;
    const verdict = await deps.authenticate(attempt, Deadline.after(deps.loginDeadlineMs), { application });
    switch (verdict.outcome) {
      case "accepted": {
        const identity = toldIdentity(verdict.identity);
        // Whatever went wrong, nobody becomes somebody else.
        if (identity.subjectId !== subjectId) return { kind: "unavailable" };
        return { kind: "allowed", person: { connection, identity, checkedAtMs } };
      }
      case "denied":
        return { kind: "refused" };
      case "unavailable":
        return { kind: "unavailable" };
    }
  };
}
