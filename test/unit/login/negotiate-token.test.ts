import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseNegotiateToken } from "../../../src/login/negotiate-token.ts";
import { kerberosToken, mechanisms, ntlmToken, spnegoToken } from "../../support/negotiate-tokens.ts";

const parse = (bytes: Buffer) => parseNegotiateToken(bytes.toString("base64"));

test("a ticket tells its service, its key's version and its authenticator", () => {
  for (const first of [mechanisms.kerberos, mechanisms.windowsKerberos]) {
    const token = spnegoToken([first, mechanisms.ntlm], kerberosToken({ keyVersion: 7 }));
    assert.deepEqual(parse(token), {
      kind: "ticket",
      realm: "EXAMPLE.TEST",
      service: "HTTP/gateway.example.test",
      keyVersion: 7,
      authenticator: Buffer.from("authenticator"),
    });
  }
});

test("NTLM is known, bare, first in the list, and where a ticket should be", () => {
  for (const token of [
    ntlmToken,
    spnegoToken([mechanisms.ntlm], ntlmToken),
    spnegoToken([mechanisms.ntlm, mechanisms.kerberos], undefined),
    spnegoToken([mechanisms.kerberos, mechanisms.ntlm], ntlmToken),
  ]) {
    assert.deepEqual(parse(token), { kind: "ntlm" });
  }
});

test("a ticket outside of SPNEGO, for no mechanism, or followed by anything is malformed", () => {
  const token = spnegoToken([mechanisms.kerberos], kerberosToken());
  for (const wrong of [
    kerberosToken(),
    spnegoToken([mechanisms.kerberos], undefined),
    spnegoToken(["2b06010401823702021e"], kerberosToken()),
    Buffer.concat([token, Buffer.from([0])]),
    token.subarray(0, -1),
    Buffer.alloc(0),
  ]) {
    assert.deepEqual(parse(wrong), { kind: "malformed" });
  }
  assert.deepEqual(parseNegotiateToken(`${token.toString("base64")} `), { kind: "malformed" });
  assert.deepEqual(parseNegotiateToken("*"), { kind: "malformed" });
});

test("a length without an end, or longer than what is there, is malformed", () => {
  for (const hex of ["6080", "60ff", "6084ffffffff", "608500000000", "60840000", "60"]) {
    assert.deepEqual(parse(Buffer.from(hex, "hex")), { kind: "malformed" });
  }
});

test("whatever comes is sorted, never thrown", () => {
  const token = spnegoToken([mechanisms.kerberos], kerberosToken());
  const isSorted = (bytes: Buffer): boolean => ["ticket", "ntlm", "malformed"].includes(parse(bytes).kind);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => isSorted(Buffer.from(bytes))));
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(token);
      changed[at] = byte;
      return isSorted(changed);
    }),
  );
});

test("48 KiB of ticket are read", () => {
  const token = spnegoToken([mechanisms.kerberos], kerberosToken({ ticketBytes: 48_000 }));
  assert.equal(parse(token).kind, "ticket");
});
