import assert from "node:assert/strict";
import { test } from "node:test";
import { isBindName } from "../../../src/directory/ldap/bind-name.ts";
import { parseControllerUrl } from "../../../src/directory/controllers/controller-address.ts";
import type { DirectoryOptions } from "../../../src/directory/directory-options.ts";
import { rememberedLookup, systemAddresses } from "../../../src/directory/ldap/remembered-lookup.ts";
import { TlsTrust } from "../../../src/directory/ldap/tls-trust.ts";
import { createDirectory } from "../../../src/directory/open-directory.ts";
import { Secret } from "../../../src/login/secret.ts";

const options: DirectoryOptions = {
  preset: "active-directory",
  controllers: ["ldaps://dc1.example.test"],
  baseDn: "DC=example,DC=test",
  serviceAccount: { name: "svc@example.test", password: new Secret("secret") },
};

const means = { trust: new TlsTrust({}), lookup: rememberedLookup(systemAddresses) };

function withService(name: string, password: string): () => unknown {
  return () => createDirectory({ ...options, serviceAccount: { name, password: new Secret(password) } });
}

test("a controller is named by host and port", () => {
  assert.equal(parseControllerUrl("ldaps://DC1.example.test", options, means).name, "dc1.example.test:636");
  assert.equal(parseControllerUrl("ldaps://[::1]:1636/", options, means).name, "[::1]:1636");
  const startTls = { ...options, startTls: true };
  assert.equal(parseControllerUrl("ldap://dc1", startTls, means).name, "dc1:389");
});

test("a password is never sent in clear: ldap:// without StartTLS is refused", () => {
  assert.throws(() => parseControllerUrl("ldap://dc1.example.test", options, means), /StartTLS/);
});

test("what is no controller's URL is refused", () => {
  for (const url of [
    "dc1",
    "https://dc1",
    "ldaps://",
    "ldaps://a@b",
    "ldaps://dc1/dc=x",
    "ldaps://dc1:1:2",
  ]) {
    assert.throws(() => parseControllerUrl(url, options, means), Error, url);
  }
});

test("no word that the LDAP library takes for a SASL mechanism is a bind name, nor is the empty one", () => {
  for (const word of ["EXTERNAL", "PLAIN", "DIGEST-MD5", "SCRAM-SHA-1", ""]) assert.ok(!isBindName(word));
  for (const name of ["CN=Ada,DC=example", "ada@example.test", "EXAMPLE\\ada"]) assert.ok(isBindName(name));
});

test("settings that can never work are refused at the start", () => {
  assert.throws(withService("EXTERNAL", "secret"), /distinguished name/);
  assert.throws(withService("svc@example.test", ""), /no password/);
  assert.throws(() =>
    createDirectory({ ...options, ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }),
  );
  assert.throws(() => createDirectory({ ...options, controllers: ["ldaps://a", "ldaps://A:636"] }), /twice/);
});
