/**
 * The same events, with a record in the audit of each one that somebody may have to answer for.
 *
 * What a login went through is told while it is under way, and by whom it was answered at its end: the first is kept in between, so that
 * one login has one record.
 *
 * @module
 */

import { lookupMethod } from "../../login/standing.ts";
import type { Verdict } from "../../login/verdict.ts";
import type { Events } from "../events.ts";
import { reasonOf, round } from "../reason-of.ts";
import { traceFields } from "../trace-fields.ts";
import { Courses } from "./courses.ts";
import type { AuditAct, AuditFacts } from "./record.ts";
import type { AuditTrail } from "./trail.ts";

/** Where nobody keeps the records, the events are what they were: nothing is gathered for nothing. */
export function auditedEvents(events: Events, trail: AuditTrail): Events {
  if (!trail.isKept) return events;
  const courses = new Courses();
  return {
    ...events,
    ...loginActs(events, trail, courses),
    ...otherActs(events, trail, courses),
    ...administrativeActs(events, trail),
    ...operatorActs(events, trail),
  };
}

type LoginActs = Pick<
  Events,
  "loginThrottled" | "grantSilent" | "cachedLoginEnded" | "loginEnded" | "loginAnswered" | "loginBegun"
>;

function loginActs(events: Events, trail: AuditTrail, courses: Courses): LoginActs {
  return {
    loginThrottled(e) {
      events.loginThrottled(e);
      courses.add(e.attempt, { throttle: e.why });
    },
    grantSilent(e) {
      events.grantSilent(e);
      if (e.answer === "silence") courses.addSilent(e.attempt, e.replica);
    },
    cachedLoginEnded(e) {
      events.cachedLoginEnded(e);
      courses.add(e.attempt, { cache: e.result });
    },
    loginEnded(e) {
      events.loginEnded(e);
      courses.add(e.attempt, courseOf(e));
    },
    loginAnswered(e) {
      events.loginAnswered(e);
      const { attempt, connection, method, username, subject, from, verdict, ms } = e;
      const { grants = 0, ...course } = courses.take(attempt);
      trail.write("login", {
        attempt,
        connection,
        method,
        username,
        ...accountOf(verdict, subject),
        address: from.ip,
        application: from.application,
        outcome: verdict.outcome,
        reason: reasonOf(verdict),
        source: sourceOf(verdict, method === "password", Number(grants)),
        ms: round(ms),
        grants,
        ...course,
      });
    },
    loginBegun(e) {
      events.loginBegun(e);
      trail.write("login_begun", { address: e.from.ip, application: e.from.application });
    },
  };
}

type OtherActs = Pick<Events, "operationEnded" | "operationAnswered" | "verificationEnded">;

function otherActs(events: Events, trail: AuditTrail, courses: Courses): OtherActs {
  return {
    operationEnded(e) {
      events.operationEnded(e);
      courses.add(e.attempt, courseOf(e));
    },
    operationAnswered(e) {
      events.operationAnswered(e);
      const { attempt, connection, method, username, query, caller, from, end, ms } = e;
      trail.write("operation", {
        attempt,
        connection,
        method,
        username,
        query,
        address: from.ip,
        application: from.application,
        caller,
        outcome: end.outcome,
        reason: reasonOf(end),
        ms: round(ms),
        ...courses.take(attempt),
      });
    },
    verificationEnded(e) {
      events.verificationEnded(e);
      // Asked before guesses, for nobody who would have to answer for it.
      if (e.method === lookupMethod) return;
      const { attempt, connection, method, end, ms, controller, suspected, trace } = e;
      trail.write("verification", {
        attempt,
        connection,
        method,
        outcome: end.outcome,
        reason: reasonOf(end),
        ms: round(ms),
        controller: trace?.controller ?? controller,
        ...(suspected === true && { suspected }),
        ...traceFields(trace),
      });
    },
  };
}

type AdministrativeActs = Pick<
  Events,
  | "started"
  | "configured"
  | "stopping"
  | "keysRenewed"
  | "keysUnusable"
  | "secretsRenewed"
  | "secretUnusable"
  | "cachePurged"
  | "cacheRemoved"
>;

function administrativeActs(events: Events, trail: AuditTrail): AdministrativeActs {
  const written =
    <E extends AuditFacts>(act: AuditAct, tell: (e: E) => void) =>
    (e: E): void => {
      tell(e);
      trail.write(act, e);
    };
  return {
    started(e) {
      events.started(e);
      trail.write("program_started", { version: e.version });
    },
    stopping() {
      events.stopping();
      trail.write("program_stopped");
    },
    configured: written("configured", (e) => events.configured(e)),
    keysRenewed: written("keys_renewed", (e) => events.keysRenewed(e)),
    keysUnusable: written("keys_unusable", (e) => events.keysUnusable(e)),
    secretsRenewed: written("secrets_renewed", (e) => events.secretsRenewed(e)),
    secretUnusable: written("secret_unusable", (e) => events.secretUnusable(e)),
    cachePurged: written("cache_purged", (e) => events.cachePurged(e)),
    cacheRemoved: written("cache_removed", (e) => events.cacheRemoved(e)),
  };
}

type OperatorActs = Pick<Events, "operatorSignedIn" | "operatorRefused" | "loginTried">;

function operatorActs(events: Events, trail: AuditTrail): OperatorActs {
  return {
    operatorSignedIn(e) {
      events.operatorSignedIn(e);
      trail.write("operator_signed_in", { address: e.from.ip });
    },
    operatorRefused(e) {
      events.operatorRefused(e);
      trail.write("operator_refused", { why: e.why, address: e.from.ip });
    },
    loginTried(e) {
      events.loginTried(e);
      trail.write("login_tried", e);
    },
  };
}

function courseOf(
  e: Parameters<Events["loginEnded"]>[0] | Parameters<Events["operationEnded"]>[0],
): AuditFacts {
  const { grants, replica: connector, controller, suspected } = e;
  return { grants, connector, controller, ...(suspected === true && { suspected }) };
}

function accountOf(verdict: Verdict, subject: string | undefined): AuditFacts {
  if (verdict.outcome !== "accepted") return { subject };
  const { subjectId, accountName: account, groupsRead } = verdict.identity;
  return { subject: subjectId, account, ...(groupsRead === "incomplete" && { groups: groupsRead }) };
}

/** A password that nobody was granted, and that was denied all the same, is one that the throttle knew. */
function sourceOf(
  verdict: Verdict,
  isPassword: boolean,
  grants: number,
): "live" | "cache" | "throttle" | "none" {
  if (verdict.outcome === "accepted" && verdict.source === "cache") return "cache";
  if (grants > 0) return "live";
  const isThrottled = verdict.outcome === "unavailable" && verdict.fault === "throttled";
  return isThrottled || (verdict.outcome === "denied" && isPassword) ? "throttle" : "none";
}
