/**
 * Asks the directory whether somebody who logged in before still may, over the same steps as a login.
 *
 * @module
 */

import type { AttemptId } from "../../../login/attempt.ts";
import { Deadline } from "../../../login/deadline.ts";
import type { Authenticate } from "../../authenticate.ts";
import type { Recheck } from "./accounts.ts";
import { toldIdentity } from "./known-people.ts";

export interface RecheckDeps {
  readonly authenticate: Authenticate;
  readonly newAttemptId: () => AttemptId;
  readonly loginDeadlineMs: number;
  readonly wallClock: () => number;
}

export function createRecheck(deps: RecheckDeps): Recheck {
  return async ({ connection, identity: { subjectId } }) => {
    const checkedAtMs = deps.wallClock();
    const attempt = { id: deps.newAttemptId(), connection, method: "session", subjectId } as const;
    const verdict = await deps.authenticate(attempt, Deadline.after(deps.loginDeadlineMs));
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
