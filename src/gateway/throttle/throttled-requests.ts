/**
 * Logins and changes of one's own password, behind the throttle: the two things that a stranger can try passwords with.
 *
 * @module
 */

import type { PasswordAttempt } from "../../login/attempt.ts";
import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import { refused } from "../../login/operation.ts";
import type { Operation, OperationEnd } from "../../login/operation.ts";
import type { Fault, Verdict } from "../../login/verdict.ts";
import { denied, unavailable } from "../../login/verdict.ts";
import type { Events } from "../../telemetry/events.ts";
import type { Authenticate } from "../authenticate.ts";
import type { Operate } from "../operate.ts";
import { sourceOf } from "../../login/source.ts";
import type { GuessEnd } from "./account-budgets.ts";
import type { Throttle } from "./throttle.ts";

/** @param ip  Of whoever asks. */
export type AuthenticateFrom = (attempt: PasswordAttempt, deadline: Deadline, ip: string) => Promise<Verdict>;
export type OperateFrom = (
  operation: Operation,
  caller: string,
  deadline: Deadline,
  ip: string,
) => Promise<OperationEnd>;

export interface TellingDeps {
  readonly events: Events;
  readonly now: MonotonicClock;
}

export function throttledLogins(
  throttle: Throttle,
  authenticate: Authenticate,
  { events, now }: TellingDeps,
): AuthenticateFrom {
  const told = tellingThrottle(throttle, { events, now });
  return async (attempt, deadline, ip) => {
    const startedAtMs = now();
    const { id, connection, method } = attempt;
    const guessed = { ...attempt, source: sourceOf(ip) };
    const tried = await told(guessed, deadline, () => authenticate(attempt, deadline), endOfLogin);
    if (tried.kind === "tried") return tried.end;
    const verdict = tried.kind === "repeated" ? denied("bad_credentials") : unavailable(faultOf(tried));
    const ms = now() - startedAtMs;
    events.loginEnded({ attempt: id, connection, method, verdict, ms, grants: 0 });
    return verdict;
  };
}

export function throttledOperations(
  throttle: Throttle,
  operate: Operate,
  { events, now }: TellingDeps,
): OperateFrom {
  const told = tellingThrottle(throttle, { events, now });
  return async (operation, caller, deadline, ip) => {
    if (operation.method !== "password.change") return operate(operation, caller, deadline);
    const startedAtMs = now();
    const { id, connection, method, accountName, oldPassword: password } = operation;
    const guessed = { id, connection, accountName, password, source: sourceOf(ip) };
    const tried = await told(guessed, deadline, () => operate(operation, caller, deadline), endOfOperation);
    if (tried.kind === "tried") return tried.end;
    const end = tried.kind === "repeated" ? refused("wrong_old_password") : unavailable(faultOf(tried));
    events.operationEnded({
      attempt: id,
      connection,
      method,
      end,
      caller,
      ms: now() - startedAtMs,
      grants: 0,
    });
    return end;
  };
}

function tellingThrottle(throttle: Throttle, { events, now }: TellingDeps): Throttle {
  return async (guess, deadline, attempt, endOf) => {
    const startedAtMs = now();
    const { id, connection } = guess;
    const tell = (answer: Parameters<Events["throttleAnswered"]>[0]["answer"]): void =>
      events.throttleAnswered({ attempt: id, connection, answer, ms: now() - startedAtMs });
    const tried = await throttle(
      guess,
      deadline,
      () => {
        tell("tried");
        return attempt();
      },
      endOf,
    );
    if (tried.kind !== "tried") tell(tried.kind);
    return tried;
  };
}

function faultOf(
  throttled: { readonly kind: "throttled" } | { readonly kind: "unavailable"; readonly fault: Fault },
): Fault {
  return throttled.kind === "throttled" ? "throttled" : throttled.fault;
}

function endOfLogin(verdict: Verdict): GuessEnd {
  switch (verdict.outcome) {
    case "accepted":
      return "right";
    case "unavailable":
      return endOfOutage(verdict.fault);
    case "denied":
      switch (verdict.reason) {
        case "bad_credentials":
        case "unknown_account":
        case "ambiguous_account":
          return "wrong";
        // Whatever the password was; nothing is counted any more.
        case "account_locked":
          return "not_asked";
        // Told only to somebody who had the right one, or about another credential than a password.
        case "account_disabled":
        case "account_expired":
        case "password_expired":
        case "password_must_change":
        case "logon_hours":
        case "workstation_restricted":
        case "logon_type_not_granted":
        case "certificate_malformed":
        case "certificate_untrusted":
        case "certificate_expired":
        case "certificate_not_yet_valid":
        case "certificate_weak":
        case "certificate_critical_extension":
        case "certificate_constrained":
        case "certificate_wrong_purpose":
        case "certificate_wrong_policy":
        case "certificate_revoked":
        case "certificate_sid_mismatch":
        case "ticket_malformed":
        case "ticket_ntlm":
        case "ticket_clock_skew":
        case "ticket_expired":
        case "ticket_wrong_service":
        case "ticket_wrong_key":
        case "ticket_old_key":
        case "ticket_refused":
        case "ticket_replayed":
        case "ticket_foreign_realm":
          return "not_asked";
      }
  }
}

function endOfOperation(end: OperationEnd): GuessEnd {
  switch (end.outcome) {
    case "done":
      return "right";
    case "unavailable":
      return endOfOutage(end.fault);
    case "refused":
      return ["wrong_old_password", "unknown_account", "ambiguous_account"].includes(end.reason)
        ? "wrong"
        : "not_asked";
  }
}

/** After these the directory may have been asked, and may have counted. */
function endOfOutage(fault: Fault): GuessEnd {
  switch (fault) {
    case "bind_unresolved":
    case "change_unresolved":
    case "deadline_exceeded":
    case "internal_error":
      return "unknown";
    case "no_connector":
    case "gateway_busy":
    case "connector_busy":
    case "connector_not_ready":
    case "directory_unreachable":
    case "directory_refused":
    case "groups_incomplete":
    case "throttled":
    case "revocation_unknown":
    case "ticket_check_down":
    case "keytab_outdated":
    case "replays_unknown":
    case "bus_disconnected":
      return "not_asked";
  }
}
