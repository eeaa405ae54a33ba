/**
 * Events: metric and record of each come together, and neither says who the person is.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import type { Verdict } from "../../../src/login/verdict.ts";
import { createEvents } from "../../../src/telemetry/events.ts";
import type { Log } from "../../../src/telemetry/log.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function record() {
  const lines: Line[] = [];
  const keep =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>>): void =>
      void lines.push({ level, event, fields });
  const log: Log = { debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
  const metrics = createMetrics(() => 0);
  return { events: createEvents(log, metrics), lines, scrape: () => metrics.render() };
}

// Always the same: any letters may stand in one that is random.
const attempt = createAttemptId((size) => Buffer.alloc(size, 7));
const connection = "corp";
assert.ok(isConnectionName(connection));

const verdicts: readonly (readonly [verdict: Verdict, reason: string, level: string])[] = [
  [
    {
      outcome: "accepted",
      identity: {
        subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
        accountName: "ada.lovelace",
        distinguishedName: "CN=Ada Lovelace,DC=example,DC=test",
        profile: { mail: ["ada@example.test"] },
        groups: [{ name: "engineers" }],
        groupsRead: "complete",
      },
    },
    "none",
    "info",
  ],
  [{ outcome: "denied", reason: "account_locked" }, "account_locked", "info"],
  [{ outcome: "unavailable", fault: "no_connector" }, "no_connector", "warn"],
];

test("a login that ended is counted and recorded, by outcome and reason", async () => {
  const { events, lines, scrape } = record();
  for (const [verdict] of verdicts) {
    events.loginEnded({ attempt, connection, method: "password", verdict, ms: 12.345, grants: 1 });
  }
  const text = await scrape();
  for (const [index, [{ outcome }, reason, level]] of verdicts.entries()) {
    const labels = `connection="corp",method="password",outcome="${outcome}",reason="${reason}"`;
    assert.ok(text.includes(`drawbridge_logins_total{${labels}} 1`), labels);
    const line = lines[index];
    assert.equal(line?.level, level);
    assert.equal(line.event, "login_ended");
    assert.deepEqual(
      [line.fields["attempt"], line.fields["outcome"], line.fields["reason"], line.fields["ms"]],
      [attempt, outcome, reason, 12.3],
    );
  }
});

test("who the person is stands in no record and in no metric, and the attempt's id in no label", async () => {
  const { events, lines, scrape } = record();
  for (const [verdict] of verdicts) {
    events.loginEnded({ attempt, connection, method: "password", verdict, ms: 1, grants: 1 });
    events.verificationEnded({
      attempt,
      connection,
      method: "password",
      end: verdict,
      ms: 1,
      controller: "dc1.example.test:636",
    });
  }
  const metrics = await scrape();
  for (const told of ["7b0c1d4e", "ada", "Ada", "engineers", "CN="]) {
    assert.ok(!JSON.stringify(lines).includes(told), `a record says ${told}`);
    assert.ok(!metrics.includes(told), `a metric says ${told}`);
  }
  assert.ok(!metrics.includes(attempt));
});

test("gauges follow what is reported last", async () => {
  const { events, scrape } = record();
  events.readinessChanged({ connection, ready: true, why: "controller" });
  events.busConnection({ connected: true, server: "nats.example.test:4222" });
  assert.match(await scrape(), /^drawbridge_ready\{connection="corp"\} 1$/m);
  events.readinessChanged({ connection, ready: false, why: "no_controller" });
  events.busConnection({ connected: false, why: "disconnected" });
  const text = await scrape();
  assert.match(text, /^drawbridge_ready\{connection="corp"\} 0$/m);
  assert.match(text, /^drawbridge_bus_connected 0$/m);
  assert.match(text, /^drawbridge_bus_disconnects_total 1$/m);
});
