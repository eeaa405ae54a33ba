/**
 * The same events, with a span of each one that ends a step of a login.
 *
 * A step is written down before its event is told, so that what telling costs is not in it; a request begins after that.
 *
 * @module
 */

import { phases } from "../../login/ports.ts";
import type { OperatorEnd, VerifierEnd } from "../../login/ports.ts";
import type { Events } from "../events.ts";
import { reasonOf } from "../reason-of.ts";
import type { SpanAttributes } from "./span.ts";
import type { EndedStep, Tracer } from "./tracer.ts";

export function tracedEvents(events: Events, tracer: Tracer): Events {
  return {
    ...events,
    ...requests(events, tracer),
    ...steps(events, tracer),
    ...performances(events, tracer),
  };
}

type Requests = Pick<Events, "traceContinued" | "requestBegun" | "loginAnswered" | "operationAnswered">;

function requests(events: Events, tracer: Tracer): Requests {
  return {
    traceContinued(e) {
      tracer.continued(e.attempt, e.parent);
      events.traceContinued(e);
    },
    requestBegun(e) {
      tracer.begun(e.attempt);
      events.requestBegun(e);
    },
    loginAnswered(e) {
      const { verdict } = e;
      const source = verdict.outcome === "accepted" ? (verdict.source ?? "directory") : undefined;
      const attributes = { ...asked(e), ...ended(verdict), "drawbridge.source": source };
      tracer.answered(e.attempt, { name: "login", kind: "server", attributes, ...faultOf(verdict) });
      events.loginAnswered(e);
    },
    operationAnswered(e) {
      const attributes = { ...asked(e), ...ended(e.end) };
      tracer.answered(e.attempt, { name: "operation", kind: "server", attributes, ...faultOf(e.end) });
      events.operationAnswered(e);
    },
  };
}

type Steps = Pick<Events, "throttleAnswered" | "replicaSought" | "grantEnded" | "cachedLoginEnded">;

function steps(events: Events, tracer: Tracer): Steps {
  return {
    throttleAnswered(e) {
      const { attempt, answer, ms } = e;
      const attributes = { ...of(e), "drawbridge.outcome": answer };
      tracer.ended(attempt, { name: "throttle", kind: "internal", ms, attributes });
      events.throttleAnswered(e);
    },
    replicaSought(e) {
      tracer.ended(e.attempt, { name: "claim", kind: "internal", ...toldStep(e) });
      events.replicaSought(e);
    },
    grantEnded(e) {
      const { attributes, ...step } = toldStep(e);
      const to = { "drawbridge.replica": e.replica, "drawbridge.controller": e.controller };
      tracer.ended(e.attempt, {
        name: "grant",
        kind: "client",
        ...step,
        attributes: { ...attributes, ...to },
      });
      events.grantEnded(e);
    },
    cachedLoginEnded(e) {
      const { attempt, result, ms } = e;
      const attributes = { ...of(e), "drawbridge.outcome": result };
      tracer.ended(attempt, { name: "cache", kind: "internal", ms, attributes });
      events.cachedLoginEnded(e);
    },
  };
}

/** At a connector: what a grant led to is one event, with the times of its phases. */
function performances(events: Events, tracer: Tracer): Pick<Events, "verificationEnded"> {
  return {
    verificationEnded(e) {
      const { parent } = e;
      if (parent === undefined) return events.verificationEnded(e);
      const { end, ms, controller, suspected, trace } = e;
      const attributes = {
        ...asked(e),
        ...ended(end),
        "drawbridge.controller": trace?.controller ?? controller,
        "drawbridge.suspected": suspected === true ? true : undefined,
        "drawbridge.ldap_code": trace?.answer?.code,
        "drawbridge.ldap_sub_code": trace?.answer?.subCode,
      };
      const parts = phases.flatMap((name): readonly EndedStep[] => {
        const spentMs = trace?.phasesMs[name];
        return spentMs === undefined ? [] : [{ name, kind: "internal", ms: spentMs, attributes: of(e) }];
      });
      tracer.performed(parent, { name: "verify", kind: "server", ms, attributes, ...faultOf(end) }, parts);
      events.verificationEnded(e);
    },
  };
}

type Of = Parameters<Events["replicaSought" | "throttleAnswered" | "cachedLoginEnded"]>[0];

function of({ attempt, connection }: Pick<Of, "attempt" | "connection">): SpanAttributes {
  return { "drawbridge.attempt": attempt, "drawbridge.connection": connection };
}

function asked(e: Pick<Of, "attempt" | "connection"> & { readonly method: string }): SpanAttributes {
  return { ...of(e), "drawbridge.method": e.method };
}

function ended(end: VerifierEnd | OperatorEnd): SpanAttributes {
  return { "drawbridge.outcome": end.outcome, "drawbridge.reason": reasonOf(end) };
}

function faultOf(end: VerifierEnd | OperatorEnd): Pick<EndedStep, "fault"> {
  return end.outcome === "unavailable" || end.outcome === "returned" ? { fault: reasonOf(end) } : {};
}

function toldStep(
  e: Parameters<Events["replicaSought" | "grantEnded"]>[0],
): Pick<EndedStep, "ms" | "attributes" | "fault"> {
  const { outcome, reason, ms } = e;
  const isFault = outcome === "unavailable" || outcome === "returned" || outcome === "silent";
  const attributes = { ...of(e), "drawbridge.outcome": outcome, "drawbridge.reason": reason };
  return { ms, attributes, ...(isFault && { fault: reason }) };
}
