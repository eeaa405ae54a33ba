/**
 * Bytes from strangers: what is not DER to the last bit is refused, and nothing but a `DerError` comes out.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeCertificate } from "../../../../src/verifiers/certificate/certificate.ts";
import {
  decodeBoolean,
  decodeCount,
  decodeInteger,
  decodeOid,
  decodeText,
  decodeTime,
  DerError,
  derTags,
  encodeDer,
  encodeOid,
  readDer,
  readSequence,
} from "../../../../src/verifiers/certificate/der.ts";
import { decodeName } from "../../../../src/verifiers/certificate/name.ts";
import { decodeRevocationList } from "../../../../src/verifiers/certificate/revocation/revocation-list.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
const value = (hex: string) => readDer(bytes(hex));

const refusedForms: Readonly<Record<string, string>> = {
  "nothing at all": "",
  "a tag alone": "30",
  "less than the length says": "30 03 01 01",
  "more than the length says": "05 00 00",
  "an indefinite length": "30 80 00 00",
  "a long length for a short value": "04 81 01 00",
  "a length with a zero before it": `04 82 00 80 ${"00".repeat(128)}`,
  "a length beyond everything": "30 84 ff ff ff ff",
  "a length of five bytes": "30 85 01 00 00 00 00",
  "a tag of several bytes": "1f 81 01 00",
};
for (const [what, hex] of Object.entries(refusedForms)) {
  test(`refused: ${what}`, () => {
    assert.throws(() => value(hex), DerError);
  });
}

const refusedValues: readonly (readonly [what: string, decode: () => unknown])[] = [
  ["a boolean that is neither", () => decodeBoolean(value("01 01 01"))],
  ["an integer of nothing", () => decodeInteger(value("02 00"))],
  ["an integer with a needless zero", () => decodeInteger(value("02 02 00 7f"))],
  ["an integer with a needless sign", () => decodeInteger(value("02 02 ff 80"))],
  ["a negative count", () => decodeCount(value("02 01 ff"))],
  ["a count beyond bounds", () => decodeCount(value("02 05 01 00 00 00 00"))],
  ["an identifier of nothing", () => decodeOid(value("06 00"))],
  ["an identifier that does not end", () => decodeOid(value("06 02 55 80"))],
  ["an identifier with a needless byte", () => decodeOid(value("06 03 55 80 01"))],
  ["an identifier with an arc beyond bounds", () => decodeOid(value("06 0a 55 ff ff ff ff ff ff ff ff 7f"))],
  ["a time without seconds", () => decodeTime({ ...value("05 00"), tag: derTags.utcTime })],
  ["a time in another zone", () => decodeTime(timeOf(derTags.utcTime, "260101000000+0100"))],
  ["a day that there is not", () => decodeTime(timeOf(derTags.generalizedTime, "20260231000000Z"))],
  ["a fraction of a second", () => decodeTime(timeOf(derTags.generalizedTime, "20260101000000.5Z"))],
];
for (const [what, decode] of refusedValues) test(`refused: ${what}`, () => assert.throws(decode, DerError));

function timeOf(tag: number, text: string) {
  return readDer(encodeDer(tag, Buffer.from(text)));
}

test("times of both forms are read in their century", () => {
  assert.equal(decodeTime(timeOf(derTags.utcTime, "491231235959Z")), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.equal(decodeTime(timeOf(derTags.utcTime, "500101000000Z")), Date.UTC(1950, 0, 1));
  assert.equal(
    decodeTime(timeOf(derTags.generalizedTime, "99991231235959Z")),
    Date.UTC(9999, 11, 31, 23, 59, 59),
  );
});

test("text with a zero byte, or in the wrong encoding, is not cut short or guessed", () => {
  assert.equal(decodeText(readDer(encodeDer(derTags.ia5String, Buffer.from("ada\0mallory")))), undefined);
  assert.equal(decodeText(readDer(encodeDer(derTags.utf8String, bytes("c0 80")))), undefined);
  assert.equal(decodeText(readDer(encodeDer(derTags.utf8String, Buffer.from("ada\0x")))), "ada\0x");
  assert.equal(decodeText(readDer(encodeDer(derTags.bmpString, bytes("00 61 00 64")))), "ad");
});

test("what is written is read again as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), (content) => {
      const whole = encodeDer(derTags.octetString, content);
      assert.deepEqual(new Uint8Array(readDer(whole).content), new Uint8Array(content));
    }),
    { numRuns: 50 },
  );
  const arc = fc.integer({ min: 0, max: 2 ** 40 });
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1),
      fc.integer({ min: 0, max: 39 }),
      fc.array(arc),
      (first, second, rest) => {
        const dotted = [first, second, ...rest].join(".");
        assert.equal(decodeOid(readDer(encodeOid(dotted))), dotted);
      },
    ),
  );
});

/** `CN=Ada`, P-256, with three extensions; its signature is right. */
const certificate = Buffer.from(
  "MIIBcTCCARegAwIBAgIUaI6BcWi6o2o0zhK7ig53N+m9pUAwCgYIKoZIzj0EAwIwDjEMMAoGA1UEAwwDQWRhMB4XDTI2MTEyNTEwMzIwN1oXDT" +
    "I2MTEyODEwMzIwN1owDjEMMAoGA1UEAwwDQWRhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1+bKHQ6NwXG50/UTSeufjgp8ICOZohDPZSCI" +
    "gmz/lrAeZUnMyhciOy77p2kXRs+wjsf94PVsofjgU/O9R2CgV6NTMFEwHQYDVR0OBBYEFL+fAF0p2SN7v0IQvth84LGz6HUXMB8GA1UdIwQYMB" +
    "aAFL+fAF0p2SN7v0IQvth84LGz6HUXMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAIda8V5WK8zMjXA/oX0Le0yGzCK9plfH" +
    "3JZ50ZB+epHiAiBWkEmUJOlPWsY7Xk1G2HPu41qyZChKiWgmzLY8k/kC7w==",
  "base64",
);

test("a certificate that was cut short, or with any byte changed, is decoded or refused, and never anything else", () => {
  const reads = (der: Buffer): void => {
    try {
      decodeCertificate(der);
    } catch (error) {
      assert.ok(error instanceof DerError, String(error));
    }
  };
  assert.equal(decodeCertificate(certificate).extensions.size, 3);
  for (let length = 0; length < certificate.length; length += 1) reads(certificate.subarray(0, length));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => reads(Buffer.from(garbage))));
  fc.assert(
    fc.property(fc.nat(certificate.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(certificate);
      changed.writeUInt8(byte, at);
      reads(changed);
    }),
  );
  reads(Buffer.alloc(16_384, "3080", "hex"));
  reads(Buffer.alloc(16_384, "30820ffc", "hex"));
});

test("an extension that stands there twice makes a certificate worthless", () => {
  const twice = Buffer.from(certificate);
  // The key's identifier (2.5.29.14) becomes a second authority's (2.5.29.35).
  twice.writeUInt8(35, twice.indexOf(Buffer.from("551d0e", "hex")) + 2);
  assert.throws(() => decodeCertificate(twice), /twice/);
});

test("garbage is no list of revoked certificates and no name, and never anything else", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (garbage) => {
      await assert.rejects(decodeRevocationList(Buffer.from(garbage)), DerError);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
      try {
        decodeName(encodeDer(derTags.sequence, garbage));
      } catch (error) {
        assert.ok(error instanceof DerError);
      }
    }),
  );
  assert.throws(() => readSequence(bytes("31 00")), DerError);
});
