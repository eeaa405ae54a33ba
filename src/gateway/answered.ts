/**
 * Around everything that answers a request: tells who asked, from where, and what the answer was, once for each.
 *
 * @module
 */

import type { Attempt } from "../login/attempt.ts";
import type { Deadline, MonotonicClock } from "../login/deadline.ts";
import { unavailable } from "../login/verdict.ts";
import type { Verdict } from "../login/verdict.ts";
import type { Operation } from "../login/operation.ts";
import type { Origin } from "../login/source.ts";
import type { Events } from "../telemetry/events.ts";
import type { OperateFrom } from "./throttle/throttled-requests.ts";

export interface AnsweredDeps {
  readonly events: Events;
  readonly now: MonotonicClock;
}

/** As `Authenticate`, for somebody of whom it is known from where they come. */
export type AuthenticateOf<A extends Attempt, O extends Origin = Origin> = (
  attempt: A,
  deadline: Deadline,
  from: O,
) => Promise<Verdict>;

export function answeredLogins<A extends Attempt, O extends Origin>(
  authenticate: AuthenticateOf<A, O>,
  { events, now }: AnsweredDeps,
): AuthenticateOf<A, O> {
  return async (attempt, deadline, from) => {
    const startedAtMs = now();
    const { id, connection, method } = attempt;
    events.requestBegun({ attempt: id });
    const tell = (verdict: Verdict): void => {
      const ms = now() - startedAtMs;
      events.loginAnswered({ attempt: id, connection, method, ...whoOf(attempt), from, verdict, ms });
    };
    try {
      const verdict = await authenticate(attempt, deadline, from);
      tell(verdict);
      return verdict;
    } catch (error) {
      tell(unavailable("internal_error"));
      throw error;
    }
  };
}

export function answeredOperations(operate: OperateFrom, { events, now }: AnsweredDeps): OperateFrom {
  return async (operation, caller, deadline, ip) => {
    const startedAtMs = now();
    const { id, connection, method } = operation;
    events.requestBegun({ attempt: id });
    const end = await operate(operation, caller, deadline, ip);
    const told = { attempt: id, connection, method, ...whomOf(operation), caller, from: { ip } };
    events.operationAnswered({ ...told, end, ms: now() - startedAtMs });
    return end;
  };
}

function whoOf(attempt: Attempt): { readonly username?: string; readonly subject?: string } {
  switch (attempt.method) {
    case "password":
      return { username: attempt.accountName.text };
    case "session":
      return { subject: attempt.subjectId };
    case "kerberos":
    case "certificate":
      return {};
  }
}

function whomOf(operation: Operation): { readonly username?: string; readonly query?: string } {
  return "accountName" in operation ? { username: operation.accountName.text } : { query: operation.text };
}
