/**
 * Records that only those read and write who have the secret.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createRecordOpener, createRecordSealer } from "../../../src/protocol/sealed-records.ts";
import { createProcessId } from "../../../src/protocol/subjects.ts";

const secret = randomBytes(32);
const subject = "drawbridge.audit.v1.gateway.corp.AB";
const record = {
  process: createProcessId(randomBytes),
  sequence: 281_474_976_710_655,
  text: '{"username":"ä"}',
};

test("a record comes back as it was, to whoever has the secret among others", () => {
  const sealed = createRecordSealer(secret)(subject, record);
  assert.deepEqual(createRecordOpener([randomBytes(32), secret])(subject, sealed), record);
  assert.equal(createRecordOpener([randomBytes(32)])(subject, sealed), undefined);
  assert.equal(createRecordOpener([])(subject, sealed), undefined);
});

test("the same record again is the same bytes, and another one has another nonce", () => {
  const seal = createRecordSealer(secret);
  assert.deepEqual(seal(subject, record), seal(subject, record));
  const next = seal(subject, { ...record, sequence: 1 });
  assert.notDeepEqual(next.subarray(22), seal(subject, record).subarray(22));
});

test("a record that was changed anywhere, cut short or moved to another subject is nobody's", () => {
  const sealed = createRecordSealer(secret)(subject, record);
  const open = createRecordOpener([secret]);
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    assert.equal(open(subject, changed), undefined, `byte ${index}`);
  }
  for (const length of [0, 15, 22, 37, sealed.length - 1]) {
    assert.equal(open(subject, sealed.subarray(0, length)), undefined);
  }
  assert.equal(open(subject.replace("gateway", "connector"), sealed), undefined);
});

test("lengths of names are padded away", () => {
  const seal = createRecordSealer(secret);
  const lengths = new Set([1, 10, 40].map((n) => seal(subject, { ...record, text: "x".repeat(n) }).length));
  assert.equal(lengths.size, 1);
});
