/**
 * What `drawbridge audit` shows, what it finds by a name, and what it says is missing.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { AuditReader } from "../../../../src/bus/audit-reader.ts";
import { describeRecord } from "../../../../src/cli/audit/describe-record.ts";
import { isWished } from "../../../../src/cli/audit/filter.ts";
import { AuditUnreadableError, StoredAudit } from "../../../../src/cli/audit/stored-audit.ts";
import { Tally } from "../../../../src/cli/audit/tally.ts";
import { parseRecord } from "../../../../src/cli/explain/read-records.ts";
import type { LogRecord } from "../../../../src/cli/explain/read-records.ts";
import { printable } from "../../../../src/cli/printable.ts";
import { createProcessId } from "../../../../src/protocol/subjects.ts";
import { pseudonyms } from "../../../../src/telemetry/audit/disguise.ts";

function recordOf(fields: object): LogRecord {
  const record = parseRecord(
    JSON.stringify({ v: 1, act: "login", time: "2026-11-25T14:00:00.000Z", connection: "corp", ...fields }),
  );
  assert.ok(record !== undefined);
  return record;
}

test("a person is found by the name that was typed, the directory's, or the id, in any case, and by its pseudonym with the key", () => {
  const finds = (username: string, fields: object, key?: Uint8Array): boolean =>
    isWished({ sinceMs: 0, username }, key && pseudonyms(key))(recordOf(fields));
  assert.ok(finds("ada", { username: "ADA" }));
  assert.ok(finds("ada", { username: "EXAMPLE\\ada", account: "ada" }));
  assert.ok(finds("7B0C", { subject: "7b0c" }));
  assert.ok(!finds("ada", { username: "adam" }));
  assert.ok(!finds("ada", {}));
  const key = randomBytes(32);
  const username = pseudonyms(key).name("corp", "ada");
  assert.ok(finds("Ada", { username }, key));
  assert.ok(!finds("Ada", { username }));
  assert.ok(!finds("Ada", { username }, randomBytes(32)));
  assert.ok(!finds("Ada", { username, connection: "branch" }, key));
});

test("records are chosen by time, attempt and outcome", () => {
  const record = recordOf({ attempt: "A", outcome: "denied" });
  const at = Date.parse("2026-11-25T14:00:00.000Z");
  assert.ok(isWished({ sinceMs: at, attempt: "A", outcome: "denied" }, undefined)(record));
  assert.ok(!isWished({ sinceMs: at + 1 }, undefined)(record));
  assert.ok(!isWished({ sinceMs: 0, attempt: "B" }, undefined)(record));
  assert.ok(!isWished({ sinceMs: 0, outcome: "accepted" }, undefined)(record));
});

test("a name that would steer a terminal is shown without what steers", () => {
  const line = describeRecord(recordOf({ username: "\u001b[2Jada\n\u202eroot", outcome: "denied" }));
  assert.match(printable(line), /^\S+ login +corp �\[2Jada��root denied$/);
});

test("numbers tell what is missing and what stands there twice", () => {
  const tally = new Tally();
  for (const sequence of [3, 1, 6]) assert.ok(tally.count("A", sequence));
  assert.ok(!tally.count("A", 3));
  assert.ok(tally.count("B", 9));
  tally.foreign();
  assert.deepEqual(tally.findings(true), [
    "1 in the stream are forged, or sealed with a key that is not given",
    "1 stand in the stream a second time",
    "3 of process A are missing",
  ]);
  assert.deepEqual(new Tally().findings(true), []);
});

/** A stream of so many records, one a second. */
function storedAudit(count: number, first = 1) {
  const process = createProcessId(randomBytes);
  const asked: number[] = [];
  const reader = {
    extent: async () => ({ kind: "extent", first, last: count }),
    async at(sequence: number) {
      asked.push(sequence);
      const message = { sequence, subject: "s", atMs: 1_000 * sequence, headers: "", data: Buffer.alloc(0) };
      return { kind: "found", message } as const;
    },
  } as unknown as AuditReader;
  let next = 0;
  const stored = new StoredAudit(reader, () => ({ process, sequence: (next += 1), text: "{}" }));
  return { stored, asked };
}

async function countOf(lines: AsyncIterable<string>): Promise<number> {
  let count = 0;
  for await (const _ of lines) count += 1;
  return count;
}

test("reading begins a little before the time that is asked for, found by halves", async () => {
  assert.equal(await countOf(storedAudit(100).stored.since(0, undefined)), 100);
  assert.equal(await countOf(storedAudit(0).stored.since(0, undefined)), 0);
  const { stored, asked } = storedAudit(100_000);
  assert.equal(await countOf(stored.since(99_900_000, undefined)), 701);
  assert.ok(asked.length < 750, `${asked.length} were asked for`);
  assert.equal(await countOf(storedAudit(100, 41).stored.since(0, undefined)), 60);
});

test("a stream that cannot be read says why", async () => {
  const reader = {
    extent: async () => ({ kind: "unreadable", why: "no_jetstream" }),
  } as unknown as AuditReader;
  const stored = new StoredAudit(reader, () => undefined);
  await assert.rejects(countOf(stored.since(0, undefined)), AuditUnreadableError);
});
