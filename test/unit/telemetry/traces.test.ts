/**
 * Traces: which are kept, how their steps lie in them, and how they are written.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { createAttemptId } from "../../../src/login/attempt.ts";
import type { AttemptId } from "../../../src/login/attempt.ts";
import { parseTraceparent } from "../../../src/login/trace-context.ts";
import { denied, unavailable } from "../../../src/login/verdict.ts";
import { createEvents } from "../../../src/telemetry/events.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { encodeSpans } from "../../../src/telemetry/traces/otlp.ts";
import type { Span } from "../../../src/telemetry/traces/span.ts";
import { tracedEvents } from "../../../src/telemetry/traces/traced-events.ts";
import { Tracer } from "../../../src/telemetry/traces/tracer.ts";
import { corp } from "../../support/memory-system.ts";

const newId = (): AttemptId => createAttemptId(randomBytes);
const noLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function setUp(ratio = 1) {
  const clock = { ms: 1_000, wallMs: 1_790_000_000_000 };
  const spans: Span[] = [];
  const lost = { count: 0 };
  const tracer = new Tracer({
    ratio,
    take: (taken) => void spans.push(...taken),
    dropped: (count) => void (lost.count += count),
    now: () => clock.ms,
    wallClock: () => clock.wallMs,
    randomBytes,
  });
  const pass = (ms: number): void => {
    clock.ms += ms;
    clock.wallMs += ms;
  };
  const events = tracedEvents(
    createEvents(
      noLog,
      createMetrics(() => 0),
    ),
    tracer,
  );
  return { clock, spans, lost, tracer, pass, events };
}

function find(spans: readonly Span[], name: string): Span {
  return spans.find((span) => span.name === name) ?? assert.fail(`no ${name}`);
}

describe("the tracer", () => {
  test("every gateway keeps the same traces, and of many the share that is wanted", () => {
    const ids = Array.from({ length: 4_000 }, newId);
    const kept = (ratio: number): ReadonlySet<AttemptId> => {
      const { tracer } = setUp(ratio);
      for (const id of ids) tracer.begun(id);
      return new Set(ids.filter((id) => tracer.traceparent(id) !== undefined));
    };
    assert.equal(kept(0).size, 0);
    assert.equal(kept(1).size, ids.length);
    const [tenth, half] = [kept(0.1), kept(0.5)];
    assert.deepEqual(kept(0.1), tenth);
    assert.ok(tenth.isSubsetOf(half));
    assert.ok(tenth.size > 200 && tenth.size < 800, `${tenth.size}`);
  });

  test("who has begun a trace decides whether it is kept, whatever the share", () => {
    const { tracer } = setUp(0);
    const parent = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
    const [yes, no] = [newId(), newId()];
    tracer.continued(yes, { ...parent, sampled: true });
    tracer.begun(yes);
    assert.equal(parseTraceparent(tracer.traceparent(yes) ?? "")?.traceId, parent.traceId);
    const { tracer: all } = setUp(1);
    all.continued(no, { ...parent, sampled: false });
    all.begun(no);
    assert.equal(all.traceparent(no), undefined);
  });

  test("a step that another program was told of has the id that it was told, and the next one another", () => {
    const { tracer, events, spans, pass } = setUp();
    const [attempt, replica] = [newId(), "AAAAAAAAAAAAAAAA"];
    const step = { attempt, connection: corp, outcome: "returned", reason: "expired", ms: 4 };
    events.requestBegun({ attempt });
    pass(10);
    const told = parseTraceparent(tracer.traceparent(attempt) ?? "");
    events.grantEnded({ ...step, replica, controller: "dc1:636" });
    events.replicaSought(step);
    events.loginAnswered({
      attempt,
      connection: corp,
      method: "kerberos",
      from: {},
      verdict: unavailable("no_connector"),
      ms: 10,
    });
    const [grant, claim, login] = [find(spans, "grant"), find(spans, "claim"), find(spans, "login")];
    assert.equal(grant.spanId, told?.spanId);
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 3);
    for (const { parentSpanId, traceId } of [grant, claim]) {
      assert.equal(parentSpanId, login.spanId);
      assert.equal(traceId, Buffer.from(attempt, "base64url").toString("hex"));
    }
    assert.deepEqual([grant.fault, login.fault], ["expired", "no_connector"]);
    assert.equal(login.attributes["drawbridge.method"], "kerberos");
    assert.equal(tracer.traceparent(attempt), undefined, "it has ended");
  });

  test("no step lies outside its request, whatever is done to the wall clock", () => {
    const { events, spans, pass, clock } = setUp();
    const attempt = newId();
    events.requestBegun({ attempt });
    const begunMs = clock.wallMs;
    pass(5);
    clock.wallMs -= 3_600_000;
    events.replicaSought({ attempt, connection: corp, outcome: "claimed", reason: "none", ms: 5.4 });
    pass(1);
    events.loginAnswered({
      attempt,
      connection: corp,
      method: "password",
      from: {},
      verdict: denied("bad_credentials"),
      ms: 6,
    });
    const [claim, login] = [find(spans, "claim"), find(spans, "login")];
    assert.deepEqual([login.startMs, login.endMs], [begunMs, begunMs + 6]);
    assert.deepEqual([claim.startMs, claim.endMs], [begunMs, begunMs + 5]);
    assert.equal(login.fault, undefined, "a denial is an answer");
  });

  test("a replica's phases follow each other within what it did, for a parent that is kept", () => {
    const { events, spans, clock } = setUp();
    const parent = { traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: true };
    const phasesMs = { searching: 3, binding: 5, enriching: 2.5 };
    const told = {
      attempt: newId(),
      connection: corp,
      method: "password",
      end: denied("bad_credentials"),
    } as const;
    events.verificationEnded({ ...told, ms: 10, controller: "dc1:636", trace: { phasesMs }, parent });
    const startMs = clock.wallMs - 10;
    assert.deepEqual(
      spans.map(({ name, startMs: from, endMs }) => [name, from - startMs, endMs - startMs]),
      [
        ["verify", 0, 10],
        ["searching", 0, 3],
        ["binding", 3, 8],
        ["enriching", 8, 10],
      ],
    );
    const [verify, ...phases] = spans;
    assert.equal(verify?.parentSpanId, parent.spanId);
    assert.ok(phases.every(({ parentSpanId }) => parentSpanId === verify.spanId));
    events.verificationEnded({
      ...told,
      ms: 10,
      controller: "dc1:636",
      parent: { ...parent, sampled: false },
    });
    events.verificationEnded({ ...told, ms: 10, controller: "dc1:636" });
    assert.equal(spans.length, 4);
  });

  test("requests that never end fill no memory, and are counted", () => {
    const { tracer, lost } = setUp();
    for (let index = 0; index < 16_390; index += 1) tracer.begun(newId());
    assert.equal(lost.count, 6);
  });
});

test("spans are written as the specification's JSON has them", () => {
  const resource = {
    "service.name": "drawbridge-gateway",
    "service.version": "1.2.3",
    "service.instance.id": "AAAA",
  };
  const span: Span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "grant",
    kind: "client",
    startMs: 1_790_000_000_000.125,
    endMs: 1_790_000_000_001,
    attributes: {
      "drawbridge.controller": "dc1:636",
      "drawbridge.ldap_code": 49,
      "drawbridge.suspected": true,
      "drawbridge.source": undefined,
    },
    fault: "silent",
  };
  const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  assert.deepEqual(JSON.parse(encodeSpans([span], resource)), {
    resourceSpans: [
      {
        resource: { attributes: Object.entries(resource).map(([key, value]) => attribute(key, value)) },
        scopeSpans: [
          {
            scope: { name: "drawbridge", version: "1.2.3" },
            spans: [
              {
                traceId: "0af7651916cd43dd8448eb211c80319c",
                spanId: "b7ad6b7169203331",
                flags: 1,
                name: "grant",
                kind: 3,
                startTimeUnixNano: "1790000000000125000",
                endTimeUnixNano: "1790000000001000000",
                attributes: [
                  attribute("drawbridge.controller", "dc1:636"),
                  { key: "drawbridge.ldap_code", value: { intValue: "49" } },
                  { key: "drawbridge.suspected", value: { boolValue: true } },
                ],
                status: { code: 2, message: "silent" },
              },
            ],
          },
        ],
      },
    ],
  });
});
