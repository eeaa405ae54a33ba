import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseKeytab } from "../../../../src/verifiers/kerberos/keytab.ts";
import { keytabOf } from "../../../support/kerberos-key.ts";

const key = {
  realm: "EXAMPLE.TEST",
  service: "HTTP/gateway.example.test",
  version: 300,
  password: "secret",
  salt: "EXAMPLE.TESTsvc",
};
const entry = { realm: key.realm, service: key.service, keyVersion: 300, encryptionType: 18 };

test("every key is told with its owner and version, also beyond 255", () => {
  const parsed = parseKeytab(keytabOf([{ ...key, version: 4 }, key]));
  assert.deepEqual(parsed, { ok: true, entries: [{ ...entry, keyVersion: 4 }, entry] });
});

test("a hole that a removed entry left is stepped over, and an end is one", () => {
  const one = keytabOf([{ ...key, version: 3 }]);
  const hole = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xf6]), Buffer.alloc(10, 1)]);
  const parsed = parseKeytab(Buffer.concat([one.subarray(0, 2), hole, one.subarray(2), Buffer.alloc(8)]));
  assert.deepEqual(parsed, { ok: true, entries: [{ ...entry, keyVersion: 3 }] });
});

test("what is no keytab, breaks off, is empty, or has weak keys alone is said to be so", () => {
  const one = keytabOf([{ ...key, version: 3 }]);
  const weak = Buffer.from(one);
  // The type stands before the key: 2 bytes of its length, 32 of key, 4 of the long version.
  weak.writeUInt16BE(23, weak.length - 40);
  for (const [bytes, problem] of [
    [Buffer.from("hello"), /not a keytab/],
    [Buffer.from([5, 1, 0, 0]), /not a keytab/],
    [Buffer.from([5, 2]), /without keys/],
    [one.subarray(0, -30), /breaks off/],
    [weak, /without AES keys/],
  ] as const) {
    const parsed = parseKeytab(bytes);
    assert.ok(!parsed.ok);
    assert.match(parsed.problem, problem);
  }
});

test("whatever is in a file is sorted, never thrown", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const parsed = parseKeytab(Buffer.concat([Buffer.from([5, 2]), bytes]));
      return parsed.ok || parsed.problem !== "";
    }),
  );
});
