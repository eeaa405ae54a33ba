/**
 * SRV queries against a DNS server that can be told to misbehave.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { querySrv } from "../../../src/directory/discovery/dns-query.ts";
import type { SrvOutcome } from "../../../src/directory/discovery/dns-query.ts";
import { parseNameServer } from "../../../src/directory/discovery/discovery.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { startDnsServer } from "../../support/dns-server.ts";
import type { DnsServer } from "../../support/dns-server.ts";

const name = "_ldap._tcp.dc._msdcs.example.test";
const dc1 = { target: "dc1.example.test", port: 389, priority: 0, weight: 100 };

function ask(servers: readonly DnsServer[], deadlineMs = 1_000): Promise<SrvOutcome> {
  return querySrv(
    name,
    servers.map(({ address }) => parseNameServer(address)),
    Deadline.after(deadlineMs),
  );
}

describe("an SRV query", { timeout: 30_000 }, () => {
  test("yields the records, and the least of their times to live", async () => {
    await using server = await startDnsServer(() => ({
      records: [
        { ...dc1, ttl: 300 },
        { target: "DC2.example.test", ttl: 60, priority: 1, weight: 5 },
      ],
    }));
    assert.deepEqual(await ask([server]), {
      kind: "records",
      records: [dc1, { target: "dc2.example.test", port: 389, priority: 1, weight: 5 }],
      ttlSeconds: 60,
    });
  });

  test("leaves out what is no host, and what belongs to another question", async () => {
    await using server = await startDnsServer(() => ({
      records: [{ target: "." }, { target: "10.0.0.1" }, { target: "a b.example.test" }, dc1],
    }));
    const outcome = await ask([server]);
    assert.ok(outcome.kind === "records");
    assert.deepEqual(outcome.records, [dc1]);
  });

  test("goes on over TCP where the answer was cut", async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ ...dc1, target: `dc${index}.example.test` }));
    await using server = await startDnsServer(({ over }) =>
      over === "udp" ? { records: [], truncated: true } : { records: many },
    );
    const outcome = await ask([server]);
    assert.ok(outcome.kind === "records");
    assert.equal(outcome.records.length, 60);
  });

  test("tells a name that is not there from a server that will not say", async () => {
    await using server = await startDnsServer(() => ({ code: 3 }));
    assert.deepEqual(await ask([server]), { kind: "none" });
    server.answer = () => ({ code: 2 });
    assert.deepEqual(await ask([server]), { kind: "failed", why: "refused" });
    server.answer = () => ({ records: [] });
    assert.deepEqual(await ask([server]), { kind: "none" });
    server.answer = () => "silence";
    assert.deepEqual(await ask([server], 200), { kind: "failed", why: "timeout" });
  });

  test("asks the next server where one is down or will not say", async () => {
    const gone = await startDnsServer(() => "silence");
    await gone[Symbol.asyncDispose]();
    await using refusing = await startDnsServer(() => ({ code: 5 }));
    await using answering = await startDnsServer(() => ({ records: [dc1] }));
    assert.equal((await ask([gone, refusing, answering])).kind, "records");
    assert.equal(refusing.questions.length, 1);
  });

  test("does not believe an answer with another number, another question, or no answer at all", async () => {
    const forged: readonly ((query: Buffer) => Buffer)[] = [
      (query) => {
        const other = Buffer.from(query);
        other.writeUInt16BE((other.readUInt16BE(0) + 1) % 65_536, 0);
        other.writeUInt8(0x84, 2);
        return other;
      },
      (query) => {
        const other = Buffer.from(query);
        other.writeUInt8(0x84, 2);
        other.write("x", 13);
        return other;
      },
      (query) => query,
      () => Buffer.from("garbage"),
      // A name that points at itself.
      (query) =>
        Buffer.concat([
          query.subarray(0, 2),
          Buffer.from("8400000100010000 0000c00c00210001".replaceAll(" ", ""), "hex"),
        ]),
    ];
    for (const raw of forged) {
      await using server = await startDnsServer(() => ({ raw }));
      assert.deepEqual(await ask([server], 150), { kind: "failed", why: "timeout" });
    }
  });

  test("takes any bytes for an answer without harm", async () => {
    let bytes = Buffer.alloc(0);
    await using server = await startDnsServer(({ over }) => ({
      raw: (query) => (over === "udp" ? Buffer.concat([query.subarray(0, 2), bytes]) : bytes),
    }));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 80 }), async (random) => {
        // The header of an answer, then anything.
        bytes = Buffer.concat([
          Buffer.from("840000010001000000000000", "hex").subarray(0, 10),
          Buffer.from(random),
        ]);
        const outcome = await ask([server], 20);
        assert.notEqual(outcome.kind, "records");
      }),
      { numRuns: 60 },
    );
  });
});
