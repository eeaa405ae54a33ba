/**
 * What becomes of a Kerberos token that a browser sent, whichever page asked for it.
 *
 * @module
 */

import type { AttemptId, ConnectionName, KerberosAttempt } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import type { Origin } from "../../login/source.ts";
import { denied, unavailable } from "../../login/verdict.ts";
import type { DenialReason, Verdict } from "../../login/verdict.ts";
import type { Events } from "../../telemetry/events.ts";
import type { AuthenticateOf } from "../answered.ts";

export type CheckTicket = AuthenticateOf<KerberosAttempt>;

export interface CheckTicketDeps {
  readonly loginDeadlineMs: number;
  readonly newAttemptId: () => AttemptId;
  readonly events: Events;
}

/** @param where  For the log, should it be our own fault. */
export async function checkTicket(
  authenticate: CheckTicket,
  attempt: KerberosAttempt,
  from: Origin,
  { loginDeadlineMs, events }: CheckTicketDeps,
  where: string,
): Promise<Verdict> {
  try {
    return await authenticate(attempt, Deadline.after(loginDeadlineMs), from);
  } catch (error) {
    events.defect({ where, error });
    return unavailable("internal_error");
  } finally {
    attempt.token.drop();
  }
}

/** A token that no connector needs to see. */
export function denyTicket(
  connection: ConnectionName,
  why: DenialReason,
  from: Origin,
  { newAttemptId, events }: CheckTicketDeps,
): { readonly attempt: AttemptId; readonly verdict: Verdict } {
  const [attempt, verdict] = [newAttemptId(), denied(why)];
  const told = { attempt, connection, method: "kerberos", verdict, ms: 0 } as const;
  events.loginEnded({ ...told, grants: 0 });
  events.loginAnswered({ ...told, from });
  return { attempt, verdict };
}
