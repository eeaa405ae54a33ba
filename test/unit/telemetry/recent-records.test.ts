import assert from "node:assert/strict";
import { test } from "node:test";
import type { Log } from "../../../src/telemetry/log.ts";
import { RecentRecords } from "../../../src/telemetry/recent-records.ts";

function setUp() {
  const clock = { now: 1_764_000_000_000 };
  const written: string[] = [];
  const write = (event: string): void => void written.push(event);
  const recent = new RecentRecords(() => clock.now);
  const log: Log = recent.tee({ debug: write, info: write, warn: write, error: write });
  return { clock, written, recent, log };
}

const ended = { connection: "corp", outcome: "unavailable", reason: "no_connector", ms: 12, grants: 0 };

test("a thousand failed logins are one trouble, and push out nothing that happened before", () => {
  const { clock, written, recent, log } = setUp();
  log.warn("bus_disconnected", { why: "lost nats-1:4222" });
  for (let n = 0; n < 1_000; n += 1) {
    clock.now += 1;
    log.warn("login_ended", { ...ended, attempt: `attempt-${n}`, connector: `replica-${n}` });
  }
  assert.equal(written.length, 1_001);
  const [logins, bus, ...rest] = recent.troubles;
  assert.deepEqual(rest, []);
  assert.equal(bus?.cause, "lost nats-1:4222");
  assert.deepEqual(
    { ...logins },
    {
      event: "login_ended",
      isError: false,
      cause: "no_connector",
      connection: "corp",
      subject: "replica-999",
      attempt: "attempt-999",
      count: 1_000,
      firstAtMs: clock.now - 999,
      lastAtMs: clock.now,
    },
  );
});

test("a thousand replicas that somebody invented are one row, and name the last", () => {
  const { recent, log } = setUp();
  for (let n = 0; n < 1_000; n += 1)
    log.warn("replica_suspected", { connection: "corp", connector: `replica-${n}`, why: "heartbeat" });
  assert.equal(recent.troubles.length, 1);
  assert.deepEqual([recent.troubles[0]?.count, recent.troubles[0]?.subject], [1_000, "replica-999"]);
});

test("troubles of which each is another one are as many as there is room for, the last ones", () => {
  const { recent, log } = setUp();
  for (let n = 0; n < 1_000; n += 1)
    log.error("keys_unusable", { setting: `file-${n}`, why: "x".repeat(9_999) });
  assert.equal(recent.troubles.length, 50);
  assert.equal(recent.troubles[0]?.subject, "file-999");
  assert.equal(recent.troubles[0]?.cause.length, 200);
});

test("what is no trouble is none", () => {
  const { recent, log } = setUp();
  log.info("started", {});
  log.debug("announce_repeated", { why: "busy" });
  assert.deepEqual(recent.troubles, []);
});

test("logins are counted by how they ended, and forgotten after five minutes", () => {
  const { clock, recent, log } = setUp();
  const accepted = { ...ended, outcome: "accepted", reason: "none" };
  for (let minute = 0; minute < 4; minute += 1) {
    log.info("login_ended", { ...accepted, attempt: String(minute) });
    clock.now += 60_000;
  }
  log.warn("login_ended", { ...ended, attempt: "x" });
  assert.deepEqual(recent.logins, [
    { connection: "corp", outcome: "accepted", reason: "none", count: 4 },
    { connection: "corp", outcome: "unavailable", reason: "no_connector", count: 1 },
  ]);
  clock.now += 10 * 60_000;
  assert.deepEqual(recent.logins, []);
});

test("how one of the last logins went can be asked, and only of the last", () => {
  const { recent, log } = setUp();
  const went = { connector: "replica-1", controller: "dc1:636", claimMs: 1.5 };
  for (let n = 0; n < 100; n += 1) log.info("login_ended", { ...ended, ...went, attempt: `attempt-${n}` });
  assert.deepEqual(recent.login("attempt-99"), { ms: 12, grants: 0, ...went });
  assert.equal(recent.login("attempt-0"), undefined);
});

test("which server of the bus it is, and which buckets answer, is what was said last", () => {
  const { recent, log } = setUp();
  log.info("bus_connected", { server: "nats-1:4222" });
  log.info("bus_connected", { server: "nats-2:4222" });
  log.warn("store_unavailable", { bucket: "throttle", why: "timeout" });
  log.info("store_available", { bucket: "logins" });
  assert.equal(recent.busServer, "nats-2:4222");
  assert.deepEqual(
    [...recent.buckets],
    [
      ["throttle", false],
      ["logins", true],
    ],
  );
});
