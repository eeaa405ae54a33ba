import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOfPrincipal } from "../../../../src/verifiers/kerberos/principal.ts";

const realms = new Map([
  ["EXAMPLE.TEST", "example.test"],
  ["SUBSIDIARY.TEST", "SUBSIDIARY"],
]);
const nameOf = (principal: string) => accountOfPrincipal(principal, realms);

test("a realm in the table leads to its own domain", () => {
  assert.deepEqual(nameOf("ada@EXAMPLE.TEST"), {
    by: "domain_name",
    domain: "example.test",
    name: "ada",
  });
  assert.deepEqual(nameOf("ada@SUBSIDIARY.TEST"), { by: "domain_name", domain: "SUBSIDIARY", name: "ada" });
});

test("an enterprise name keeps its @, and belongs to the realm that vouches for it", () => {
  const expected = { by: "domain_name", domain: "SUBSIDIARY", name: "ada@example.test" };
  assert.deepEqual(nameOf(String.raw`ada\@example.test@SUBSIDIARY.TEST`), expected);
});

test("a realm that is not in the table is nobody's, however it looks like one", () => {
  for (const principal of [
    "ada@PARTNER.TEST",
    "ada@example.test",
    "ada@EXAMPLE.TEST.PARTNER.TEST",
    String.raw`ada\@EXAMPLE.TEST@PARTNER.TEST`,
    String.raw`ada@EXAMPLE.TEST@PARTNER.TEST`,
    String.raw`ada\@EXAMPLE.TEST`,
    "ada",
    "@EXAMPLE.TEST",
    "",
  ]) {
    assert.equal(nameOf(principal), undefined, principal);
  }
});

test("a service is no person", () => {
  assert.equal(nameOf("HTTP/gateway.example.test@EXAMPLE.TEST"), undefined);
});

test("escaped characters are themselves", () => {
  assert.deepEqual(nameOf(String.raw`a\\b\/c@EXAMPLE.TEST`), {
    by: "domain_name",
    domain: "example.test",
    name: String.raw`a\b/c`,
  });
});
