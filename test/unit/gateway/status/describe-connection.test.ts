/**
 * What an operator is told of a connection, and what a forger cannot make of it.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Replicas } from "../../../../src/gateway/replicas.ts";
import { describeConnection } from "../../../../src/gateway/status/describe-connection.ts";
import { ReplicaReports } from "../../../../src/gateway/status/replica-reports.ts";
import type { ConnectionStatus } from "../../../../src/gateway/status/status-schema.ts";
import type { Heartbeat } from "../../../../src/protocol/messages.ts";
import { createProcessId } from "../../../../src/protocol/subjects.ts";
import type { ProcessId } from "../../../../src/protocol/subjects.ts";
import { createIdentityPair } from "../../../support/identity-pair.ts";
import { madeHeartbeat } from "../../../support/made-heartbeat.ts";
import { signReport } from "../../../support/made-report.ts";
import type { ReportFields } from "../../../support/made-report.ts";
import { corp } from "../../../support/memory-system.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

async function setUp() {
  const clock = { now: 1_764_000_000_000 };
  const now = (): number => clock.now;
  const keys = await createIdentityPair();
  const { events } = recordEvents();
  const replicas = new Replicas(corp, events, now, Math.random);
  const reports = new ReplicaReports({
    connection: corp,
    connectorKeys: keys.pins,
    events,
    now,
    wallClock: now,
  });
  const peers = new Set<ProcessId>();
  const beat = (replica: ProcessId, state: Heartbeat["state"] = "ready"): void =>
    replicas.heard(madeHeartbeat({ replica, state }));
  const report = async (replica: ProcessId, changes: ReportFields = {}): Promise<void> =>
    reports.receive(await signReport(keys.identity, { replica, issuedAt: clock.now, ...changes }));
  return {
    peers,
    beat,
    report,
    /** In steps of a beat, each of which these replicas make. */
    pass(ms: number, beating: readonly ProcessId[]): void {
      for (let passed = 0; passed < ms; passed += 250) {
        clock.now += 250;
        for (const replica of beating) beat(replica);
        replicas.sweep();
        reports.sweep();
      }
    },
    describe: (): ConnectionStatus =>
      describeConnection(corp, { replicas, reports, sessions: { peers } }, false, now),
  };
}

const newReplica = (): ProcessId => createProcessId(randomBytes);
const configuration = (digest: string, groups: string) => ({
  configuration: { digest, parts: { "directory.groups": groups, inFlightMax: "AAAAAAAA" } },
});

test("all well is well; a replica that reports another configuration differs, and most do not", async () => {
  const { beat, report, describe } = await setUp();
  const [one, two, odd] = [newReplica(), newReplica(), newReplica()];
  for (const replica of [one, two]) {
    beat(replica);
    await report(replica, configuration("AAAAAAAAAAAA", "AAAAAAAA"));
  }
  assert.deepEqual([describe().state, describe().problems], ["well", []]);
  beat(odd);
  await report(odd, configuration("BBBBBBBBBBBB", "BBBBBBBB"));
  const { state, problems, replicas } = describe();
  assert.deepEqual([state, problems], ["impaired", ["replicas_differ"]]);
  assert.deepEqual([replicas[0]?.id, replicas[0]?.differsIn], [odd, ["directory.groups"]]);
  assert.deepEqual(
    replicas.slice(1).map(({ differsIn }) => differsIn),
    [[], []],
  );
});

test("whoever beats and has proved nothing is a number, however many there are", async () => {
  const { beat, report, describe } = await setUp();
  const known = newReplica();
  beat(known);
  await report(known);
  for (let n = 0; n < 500; n += 1) beat(newReplica());
  const { strangers, replicas, problems } = describe();
  assert.deepEqual([strangers, replicas.map(({ id }) => id), problems], [500, [known], ["strangers"]]);
});

test("forged beats do not make a replica look alive that reports no more", async () => {
  const { report, pass, describe } = await setUp();
  const dead = newReplica();
  await report(dead);
  pass(5_000, [dead]);
  assert.deepEqual([describe().state, describe().replicas[0]?.state], ["down", "late"]);
});

test("a replica older than reports is shown by what it beats, once it has proved who it is", async () => {
  const { peers, beat, describe } = await setUp();
  const old = newReplica();
  beat(old);
  assert.equal(describe().state, "down");
  peers.add(old);
  const { state, replicas } = describe();
  assert.deepEqual([state, replicas.length, replicas[0]?.state], ["well", 1, "ready"]);
  assert.equal(replicas[0]?.version, undefined);
});

test("one that went without good-bye is missed for five minutes, and shown for half an hour", async () => {
  const { beat, report, pass, describe } = await setUp();
  const [gone, other] = [newReplica(), newReplica()];
  for (const replica of [gone, other]) {
    beat(replica);
    await report(replica);
  }
  pass(15_000, [other]);
  await report(other);
  assert.deepEqual(describe().problems, ["replica_gone"]);
  assert.deepEqual(
    describe().replicas.map(({ id, state }) => [id, state]),
    [
      [other, "ready"],
      [gone, "gone"],
    ],
  );
  pass(5 * 60_000, [other]);
  await report(other);
  assert.deepEqual([describe().state, describe().replicas.length], ["well", 2]);
  pass(30 * 60_000, [other]);
  await report(other);
  assert.equal(describe().replicas.length, 1);
});

test("a controller that one replica does not reach is a problem of the connection", async () => {
  const { beat, report, describe } = await setUp();
  const [one, two] = [newReplica(), newReplica()];
  const controllers = [{ name: "dc1.example.test:636", state: "unavailable" }];
  beat(one);
  await report(one);
  beat(two, "not_ready");
  await report(two, { controllers, state: "not_ready" });
  assert.deepEqual(describe().problems, ["controller_unavailable", "replica_not_ready"]);
  assert.deepEqual(describe().replicas[0]?.id, two);
});
