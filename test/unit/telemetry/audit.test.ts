/**
 * The audit's records: one for each login with what is known of it, in one line whatever somebody typed, kept or counted as lost.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createAttemptId } from "../../../src/login/attempt.ts";
import type { AttemptId } from "../../../src/login/attempt.ts";
import type { Verdict } from "../../../src/login/verdict.ts";
import { denied, unavailable } from "../../../src/login/verdict.ts";
import { auditedEvents } from "../../../src/telemetry/audit/audited-events.ts";
import { asTheyAre, networksOnly, pseudonyms } from "../../../src/telemetry/audit/disguise.ts";
import type { Disguise } from "../../../src/telemetry/audit/disguise.ts";
import { AuditFile } from "../../../src/telemetry/audit/file.ts";
import { auditActs, auditFields } from "../../../src/telemetry/audit/record.ts";
import type { AuditRecord } from "../../../src/telemetry/audit/record.ts";
import { AuditTrail } from "../../../src/telemetry/audit/trail.ts";
import { DeliveryQueue } from "../../../src/telemetry/delivery-queue.ts";
import { corp as connection } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";
import { createScratch } from "../../support/scratch.ts";

const newId = (): AttemptId => createAttemptId(randomBytes);

function setUp(disguise: Disguise = asTheyAre) {
  const records: AuditRecord[] = [];
  const { events: plain, seen } = recordEvents();
  const wallClock = (): number => Date.parse("2026-11-25T14:00:00Z");
  const trail = new AuditTrail({ program: "gateway", replica: "AAAAAAAAAAAAAAAA", disguise, wallClock });
  trail.keepIn({ take: (record) => void records.push(record) });
  // The events of a test are a proxy, which cannot be spread.
  const events = new Proxy(auditedEvents(plain, trail), {
    get: (audited, name) => Reflect.get(audited, name) ?? Reflect.get(plain, name),
  });
  const told = (): readonly Readonly<Record<string, unknown>>[] =>
    records.map(({ line }) => ({ ...JSON.parse(line) }));
  return { events, trail, records, told, seen };
}

const ada: Verdict = {
  outcome: "accepted",
  identity: {
    subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
    accountName: "ada",
    distinguishedName: "CN=Ada",
    profile: { mail: "ada@example.test" },
    groups: [{ name: "engineers" }],
    groupsRead: "incomplete",
  },
};

function answered(username: string, verdict: Verdict, attempt = newId()) {
  return {
    attempt,
    connection,
    method: "password",
    username,
    from: { ip: "203.0.113.77", application: "portal" },
    verdict,
    ms: 12.345,
  } as const;
}

describe("the record of a login", () => {
  test("says who, from where, by whom it was checked and how it ended, and nothing of the profile", () => {
    const { events, told } = setUp();
    const attempt = newId();
    const course = { grants: 2, replica: "CCCCCCCCCCCCCCCC", controller: "dc1:636", suspected: true };
    events.grantSilent({ attempt, connection, replica: "BBBBBBBBBBBBBBBB", answer: "silence" });
    events.loginEnded({ attempt, connection, method: "password", verdict: ada, ms: 12, ...course });
    events.loginAnswered(answered("EXAMPLE\\ada", ada, attempt));
    assert.deepEqual(told(), [
      {
        v: 1,
        act: "login",
        time: "2026-11-25T14:00:00.000Z",
        program: "gateway",
        replica: "AAAAAAAAAAAAAAAA",
        seq: 1,
        attempt,
        connection,
        method: "password",
        username: "EXAMPLE\\ada",
        subject: "7b0c1d4e-0000-4000-8000-000000000001",
        account: "ada",
        groups: "incomplete",
        address: "203.0.113.77",
        application: "portal",
        outcome: "accepted",
        reason: "none",
        source: "live",
        ms: 12.3,
        grants: 2,
        connector: "CCCCCCCCCCCCCCCC",
        controller: "dc1:636",
        suspected: true,
        silent: ["BBBBBBBBBBBBBBBB"],
      },
    ]);
  });

  test("says who answered: a connector, the cache, the throttle, or nobody", () => {
    const { events, told } = setUp();
    const end = (verdict: Verdict, grants: number, before: (attempt: AttemptId) => void = () => {}): void => {
      const attempt = newId();
      before(attempt);
      events.loginEnded({ attempt, connection, method: "password", verdict, ms: 1, grants });
      const last: Verdict = told().length === 1 ? { ...ada, source: "cache" } : verdict;
      events.loginAnswered(answered("ada", last, attempt));
    };
    end(denied("bad_credentials"), 1);
    end(unavailable("no_connector"), 0, (attempt) =>
      events.cachedLoginEnded({ attempt, connection, result: "right", ms: 1 }),
    );
    end(unavailable("throttled"), 0, (attempt) =>
      events.loginThrottled({ attempt, connection, why: "address" }),
    );
    end(denied("bad_credentials"), 0);
    end(unavailable("no_connector"), 0);
    assert.deepEqual(
      told().map(({ source, cache, throttle }) => [source, cache, throttle]),
      [
        ["live", undefined, undefined],
        ["cache", "right", undefined],
        ["throttle", undefined, "address"],
        ["throttle", undefined, undefined],
        ["none", undefined, undefined],
      ],
    );
  });

  test("has no act and no field that the reference does not tell of", () => {
    const { events, told } = setUp();
    events.loginAnswered(answered("ada", ada));
    events.started({ program: "gateway", version: "1.2.3" });
    events.configured({ section: "gateway", digest: "abc" });
    events.keysRenewed({ keys: "trusted", connection, ids: ["a"] });
    events.keysUnusable({ keys: "https", setting: "gateway.http.tls", why: "is empty" });
    events.secretsRenewed({ connection });
    events.secretUnusable({ connection, setting: "x", why: "is empty" });
    events.cachePurged({ connection, reason: "account_disabled" });
    events.cacheRemoved({ connection });
    events.operatorSignedIn({ from: { ip: "203.0.113.77" } });
    events.operatorRefused({ why: "throttled", from: { ip: "203.0.113.77" } });
    events.loginTried({ attempt: newId(), connection });
    events.loginBegun({ from: { ip: "203.0.113.77", application: "portal" } });
    events.verificationEnded({
      attempt: newId(),
      connection,
      method: "password",
      end: denied("bad_credentials"),
      ms: 1,
      controller: "dc1:636",
      suspected: true,
      trace: { phasesMs: { searching: 1 }, answer: { code: 49, subCode: "52e" } },
    });
    events.stopping();
    assert.equal(told().length, 15);
    for (const record of told()) {
      assert.ok(Object.keys(auditActs).includes(String(record["act"])));
      for (const field of Object.keys(record)) assert.ok(Object.keys(auditFields).includes(field), field);
    }
  });

  test("is not written for what a gateway asks of an account before a guess", () => {
    const { events, told, seen } = setUp();
    const about = { attempt: newId(), connection, method: "account.find", ms: 1, controller: "dc1" } as const;
    events.verificationEnded({ ...about, end: unavailable("internal_error") });
    assert.deepEqual(told(), []);
    assert.equal(seen.length, 1);
  });
});

describe("odd names", () => {
  const names = [
    'a"b\\c',
    "a\u0000b",
    "a\nb",
    "a\r\n{}",
    "\u2028",
    "\ud800",
    "x".repeat(256),
    "__proto__",
    "‮ada",
  ];
  for (const name of names) {
    test(`${JSON.stringify(name).slice(0, 20)} makes one line, and is read back as it was`, () => {
      const { events, records, told } = setUp();
      events.loginAnswered(answered(name, denied("bad_credentials")));
      assert.equal(records.length, 1);
      assert.ok(Array.from(records[0]?.line ?? "").every((character) => character >= " "));
      const [record] = told();
      assert.equal(record?.["username"], name);
      assert.equal(record["outcome"], "denied");
    });
  }
});

describe("pseudonyms", () => {
  const key = randomBytes(32);

  test("stand in the place of every name and id, the same for the same person, and not without the key", () => {
    const { events, records, told } = setUp(pseudonyms(key));
    events.loginAnswered(answered("Ada", ada));
    events.loginAnswered(answered("ada", denied("bad_credentials")));
    const about = { attempt: newId(), connection, method: "users.search", caller: "portal" } as const;
    events.operationAnswered({
      ...about,
      query: "ada",
      from: { ip: "203.0.113.77" },
      end: { outcome: "refused", reason: "not_offered" },
      ms: 1,
    });
    const [first, second, search] = told();
    assert.match(String(first?.["username"]), /^pseudonym:[\w-]{24}$/);
    assert.equal(first?.["username"], second?.["username"]);
    assert.equal(first?.["username"], search?.["query"]);
    assert.notEqual(first?.["subject"], first?.["username"]);
    for (const { line } of records) assert.ok(!/ada|7b0c1d4e/i.test(line), line);
    assert.notEqual(pseudonyms(randomBytes(32)).name(connection, "ada"), first?.["username"]);
    assert.notEqual(pseudonyms(key).name("branch", "ada"), first?.["username"]);
  });

  test("of addresses the network is left, where the settings say so", () => {
    const { address } = networksOnly(asTheyAre);
    assert.equal(address("203.0.113.77"), "203.0.113.0/24");
    assert.equal(address("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
  });
});

function numbered(sequence: number): AuditRecord {
  return { replica: "A", sequence, connection, attempt: undefined, line: JSON.stringify({ seq: sequence }) };
}

describe("the queue", () => {
  test("delivers again what was not kept, and loses what does not fit meanwhile", async () => {
    const place = { isThere: false, kept: [] as number[], lost: 0 };
    const queue = new DeliveryQueue<AuditRecord>({
      waitingMax: 3,
      kept: () => undefined,
      lost: (count) => void (place.lost += count),
      async deliver(records) {
        if (place.isThere) place.kept.push(...records.map(({ sequence }) => sequence));
        return place.isThere;
      },
    });
    for (let sequence = 1; sequence <= 5; sequence += 1) queue.take(numbered(sequence));
    assert.equal(place.lost, 2);
    place.isThere = true;
    await queue.close(20_000);
    assert.deepEqual(place.kept, [1, 2, 3]);
    assert.equal(place.lost, 2);
  });

  test("a place that never answers holds nobody up, at the end either", async () => {
    const lost: number[] = [];
    const queue = new DeliveryQueue<AuditRecord>({
      kept: () => undefined,
      lost: (count) => void lost.push(count),
      deliver: () => new Promise(() => {}),
    });
    queue.take(numbered(1));
    await queue.close(10);
    queue.take(numbered(2));
    assert.deepEqual(lost, [1, 1]);
  });
});

describe("the file", () => {
  test("goes on in a new one when it was moved away, and adds to what is there", async () => {
    await using scratch = await createScratch("audit");
    const path = join(scratch.folder, "audit.jsonl");
    await appendFile(path, "earlier\n");
    await using file = new AuditFile(path);
    await file.open();
    assert.ok(await file.append([numbered(1)]));
    await rename(path, `${path}.1`);
    assert.ok(await file.append([numbered(2), numbered(3)]));
    assert.equal(await readFile(`${path}.1`, "utf8"), 'earlier\n{"seq":1}\n');
    assert.equal(await readFile(path, "utf8"), '{"seq":2}\n{"seq":3}\n');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  test("says so where the disk is full, and does not stop at it", async () => {
    await using file = new AuditFile("/dev/full");
    await file.open();
    assert.equal(await file.append([numbered(1)]), false);
    assert.equal(await file.append([numbered(1)]), false);
  });
});
