import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeGuid, encodeGuid } from "../../../../src/directory/ldap/guid.ts";
import { decodeSid, encodeSid as encodeSidText } from "../../../../src/directory/ldap/sid.ts";

/** The other direction, written down apart from the code under test. */
function encodeSid(authority: number, subAuthorities: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + 4 * subAuthorities.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(subAuthorities.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  subAuthorities.forEach((value, index) => bytes.writeUInt32LE(value, 8 + 4 * index));
  return bytes;
}

test("a security identifier reads as Windows writes it", () => {
  const administrator = Buffer.from("010500000000000515000000e5d3054dd75b7b00c3acec88f4010000", "hex");
  assert.equal(decodeSid(administrator), "S-1-5-21-1292227557-8084439-2297212099-500");
  assert.equal(decodeSid(encodeSid(5, [32, 545])), "S-1-5-32-545");
});

test("every security identifier keeps its numbers", () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 15 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), numbers, (authority, subAuthorities) => {
      assert.equal(
        decodeSid(encodeSid(authority, subAuthorities)),
        ["S-1", authority, ...subAuthorities].join("-"),
      );
    }),
  );
});

test("a security identifier survives being read and written", () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 15 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), numbers, (authority, subAuthorities) => {
      const bytes = encodeSid(authority, subAuthorities);
      assert.deepEqual(encodeSidText(decodeSid(bytes) ?? ""), bytes);
    }),
  );
  for (const text of ["", "S-1", "S-1-5-4294967296", "S-2-5-1", "S-1-5-21-1*", `S-1-5${"-1".repeat(16)}`]) {
    assert.equal(encodeSidText(text), undefined, text);
  }
});

test("an authority beyond 32 bits is hexadecimal", () => {
  assert.equal(decodeSid(encodeSid(0x1_0000_0000, [])), "S-1-0x000100000000");
});

test("what is no security identifier or GUID is not decoded, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (array) => {
      const bytes = Buffer.from(array);
      const sid = decodeSid(bytes);
      if (sid !== undefined) assert.match(sid, /^S-1-\d+(-\d+){0,15}$|^S-1-0x[0-9a-f]{12}(-\d+){0,15}$/);
      assert.equal(decodeGuid(bytes) === undefined, bytes.length !== 16);
    }),
  );
});

test("a GUID reads as Windows writes it", () => {
  const bytes = Buffer.from("33221100554477668899aabbccddeeff", "hex");
  assert.equal(decodeGuid(bytes), "00112233-4455-6677-8899-aabbccddeeff");
  assert.deepEqual(encodeGuid("00112233-4455-6677-8899-aabbccddeeff"), bytes);
  for (const text of ["", "*", "00112233-4455-6677-8899-AABBCCDDEEFF", "00112233445566778899aabbccddeeff"])
    assert.equal(encodeGuid(text), undefined);
});

test("no two GUIDs read the same, and decoding leaves the bytes as they are", () => {
  const guid = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(guid, guid, (one, other) => {
      const [first, second] = [Buffer.from(one), Buffer.from(other)];
      assert.equal(decodeGuid(first) === decodeGuid(second), first.equals(second));
      assert.deepEqual(first, Buffer.from(one));
      assert.deepEqual(encodeGuid(decodeGuid(first) ?? ""), first);
    }),
  );
});
