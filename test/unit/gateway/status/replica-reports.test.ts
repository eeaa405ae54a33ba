/**
 * What gateways believe of what replicas say of themselves.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { differingParts } from "../../../../src/gateway/status/differing-parts.ts";
import { ReplicaReports } from "../../../../src/gateway/status/replica-reports.ts";
import { createProcessId } from "../../../../src/protocol/subjects.ts";
import { createIdentityPair } from "../../../support/identity-pair.ts";
import { signReport } from "../../../support/made-report.ts";
import type { ReportFields } from "../../../support/made-report.ts";
import { corp } from "../../../support/memory-system.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

const replica = (): string => createProcessId(randomBytes);
const configuration = (digest: string, parts: Readonly<Record<string, string>> = {}) => ({ digest, parts });

async function setUp() {
  const clock = { monotonic: 0, wall: 1_764_000_000_000 };
  const keys = await createIdentityPair();
  const { events, seen } = recordEvents();
  const reports = new ReplicaReports({
    connection: corp,
    connectorKeys: keys.pins,
    events,
    now: () => clock.monotonic,
    wallClock: () => clock.wall,
  });
  const pass = (ms: number): void => {
    clock.monotonic += ms;
    clock.wall += ms;
    reports.sweep();
  };
  const hear = async (changes: ReportFields): Promise<void> =>
    reports.receive(await signReport(keys.identity, { issuedAt: clock.wall, ...changes }));
  return { clock, keys, seen, reports, pass, hear };
}

test("the recorded report is still understood, and what a later version adds is left out", async () => {
  const { reports, hear } = await setUp();
  await hear({ weather: "sunny" });
  assert.equal(reports.live.length, 1);
  const { report } = reports.live[0] ?? assert.fail();
  assert.equal(report.version, "0.9.0");
  assert.deepEqual(report.controllers, [{ name: "dc1.example.test:636", state: "available" }]);
  assert.ok(!("weather" in report));
});

test("a replica reads what it says that it reads; an older one does not say, and one that was not heard says nothing", async () => {
  const { reports, hear, pass } = await setUp();
  const [newer, older] = [createProcessId(randomBytes), createProcessId(randomBytes)];
  assert.equal(reports.reads(newer, "traceparent"), false);
  await hear({ replica: newer, grantParts: ["something_later", "traceparent"] });
  await hear({ replica: older });
  pass(60_000);
  assert.equal(reports.reads(newer, "traceparent"), true);
  assert.equal(reports.reads(older, "traceparent"), false);
});

for (const [attack, changes] of Object.entries({
  "mark-up for a version": { version: "<script>alert(1)</script>" },
  "an endless version": { version: "9".repeat(10_000) },
  "mark-up for a controller": { controllers: [{ name: '"><img src=x>', state: "available" }] },
  "a thousand controllers": {
    controllers: Array.from({ length: 1_000 }, (_, n) => ({ name: `dc${n}:636`, state: "available" })),
  },
  "500 parts": {
    configuration: configuration(
      "AAECAwQFBgcI",
      Object.fromEntries(
        Array.from({ length: 500 }, (_, n) => [`${"a".repeat(n % 40)}.${"b".repeat(n / 40)}`, "AAECAwQF"]),
      ),
    ),
  },
  "a start after the end of time": { startedAt: Number.MAX_SAFE_INTEGER },
  "another connection's report": { connection: "branch" },
  "no replica's id": { replica: "../../etc/passwd" },
})) {
  test(`a signed report with ${attack} is refused`, async () => {
    const { reports, seen, hear } = await setUp();
    await hear(changes);
    assert.deepEqual(reports.all, []);
    assert.deepEqual(seen, [{ name: "messageRefused", fields: { kind: "report", why: "not_opened" } }]);
  });
}

test("a stolen bus credential invents no replica: a thousand reports signed by nobody leave nothing", async () => {
  const { reports, seen, clock } = await setUp();
  const stranger = await createIdentityPair();
  for (let n = 0; n < 1_000; n += 1)
    await reports.receive(await signReport(stranger.identity, { issuedAt: clock.wall, replica: replica() }));
  assert.deepEqual(reports.all, []);
  assert.equal(seen.length, 1_000);
});

test("a stolen bus credential keeps no dead replica alive by repeating its reports", async () => {
  const { reports, clock, keys, pass, hear } = await setUp();
  const id = replica();
  const kept = await signReport(keys.identity, { issuedAt: clock.wall, replica: id });
  await reports.receive(kept);
  await hear({ replica: id, issuedAt: clock.wall + 1 });
  pass(60_000);
  await reports.receive(kept);
  assert.deepEqual(reports.live, []);
  assert.equal(reports.all[0]?.report.issuedAt, clock.wall - 60_000 + 1);
  // Forgotten at last, and by then too old to be believed.
  pass(31 * 60_000);
  await reports.receive(kept);
  assert.deepEqual(reports.all, []);
});

test("who has the key fills no memory: 1,000 replicas are 256", async () => {
  const { reports, hear } = await setUp();
  for (let n = 0; n < 1_000; n += 1) await hear({ replica: replica() });
  assert.equal(reports.all.length, 256);
});

test("a replica that says good-bye is gone, and its earlier report does not bring it back", async () => {
  const { reports, clock, keys, hear } = await setUp();
  const id = replica();
  const kept = await signReport(keys.identity, { issuedAt: clock.wall - 5, replica: id });
  await hear({ replica: id, state: "draining" });
  await reports.receive(kept);
  assert.deepEqual(reports.all, []);
});

test("what a key signed is forgotten with the key", async () => {
  const { reports, hear } = await setUp();
  await hear({ replica: replica() });
  reports.renewPins((await createIdentityPair()).pins);
  assert.deepEqual(reports.all, []);
});

test("drift is told when it comes and when it ends, and a replica that is silent is no drift", async () => {
  const { seen, pass, hear } = await setUp();
  const [left, right] = [replica(), replica()];
  await hear({ replica: left, configuration: configuration("AAAAAAAAAAAA") });
  pass(250);
  await hear({ replica: right, configuration: configuration("BBBBBBBBBBBB"), version: "1.0.0" });
  pass(250);
  pass(250);
  pass(4_000);
  await hear({ replica: left, configuration: configuration("AAAAAAAAAAAA") });
  pass(1_000);
  const compared = seen.filter(({ name }) => name === "replicasCompared").map(({ fields }) => fields);
  assert.deepEqual(
    compared.map(({ configurations, versions }) => [configurations, versions]),
    [
      [1, 1],
      [2, 2],
      [1, 1],
    ],
  );
});

test("the parts that differ are named, also those that only some have", () => {
  const parts = { "directory.groups": "AAAAAAAA", "directory.baseDn": "BBBBBBBB" };
  assert.deepEqual(
    differingParts([
      { parts },
      { parts: { ...parts, "directory.groups": "CCCCCCCC", kerberos: "DDDDDDDD" } },
    ]),
    ["directory.groups", "kerberos"],
  );
  assert.deepEqual(differingParts([{ parts }, { parts }]), []);
});
