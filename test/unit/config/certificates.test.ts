/**
 * Settings of client certificates that cannot be meant.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { certificatesSection, clientCertificatesSection } from "../../../src/config/certificate-schema.ts";

const pathsOf = (result: {
  readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] };
}) => result.error?.issues.map(({ path }) => path.join("."));

test("by default revoked people are looked for, nobody is let in unknown, no host is asked, and no weak name counts", () => {
  const { revocation, mapping, subjectPatterns } = certificatesSection.parse({ caFile: "ca.pem" });
  assert.deepEqual([revocation.check, revocation.whenUnknown, revocation.hosts], [true, "unavailable", []]);
  assert.deepEqual(mapping, ["sid", "security_identity", "certificate", "principal"]);
  assert.deepEqual(subjectPatterns, []);
  assert.deepEqual(clientCertificatesSection.parse({}), { trustedProxies: [] });
});

test("a subject needs a pattern, with the name in it once", () => {
  const withPatterns = (...subjectPatterns: readonly string[]) =>
    pathsOf(certificatesSection.safeParse({ caFile: "ca.pem", mapping: ["subject"], subjectPatterns }));
  assert.deepEqual(withPatterns(), ["subjectPatterns"]);
  assert.deepEqual(withPatterns("CN=ada"), ["subjectPatterns.0"]);
  assert.deepEqual(withPatterns("CN={name},OU={name}"), ["subjectPatterns.0"]);
  assert.deepEqual(withPatterns("CN={user}"), ["subjectPatterns.0"]);
  assert.equal(withPatterns("CN={name},O=Example"), undefined);
});

test("hosts are hosts, and trusted proxies addresses or networks", () => {
  const withHosts = (...hosts: readonly string[]) =>
    pathsOf(certificatesSection.safeParse({ caFile: "ca.pem", revocation: { hosts } }));
  assert.equal(withHosts("pki.example.test", "10.0.0.1:8080", "[fd00::1]", "*"), undefined);
  for (const host of ["http://pki.example.test", "PKI.example.test", "*.example.test", "a/b", ""]) {
    assert.deepEqual(withHosts(host), ["revocation.hosts.0"], host);
  }
  const withProxies = (...trustedProxies: readonly string[]) =>
    pathsOf(clientCertificatesSection.safeParse({ trustedProxies }));
  assert.equal(withProxies("10.0.0.0/8", "192.0.2.1", "fd00::/8", "::1"), undefined);
  for (const proxy of ["proxy.example.test", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/", "*", "0x7f.1"]) {
    assert.deepEqual(withProxies(proxy), ["trustedProxies.0"], proxy);
  }
});

test("the page offers certificates at an origin over TLS, where somebody asks for them", () => {
  const trustedProxies = ["10.0.0.1"];
  const at = (url: string) => pathsOf(clientCertificatesSection.safeParse({ trustedProxies, page: { url } }));
  assert.equal(at("https://cards.example.com"), undefined);
  assert.equal(at("https://cards.example.com:8443"), undefined);
  for (const url of ["http://cards.example.com", "https://cards.example.com/", "https://a@b", "cards", ""])
    assert.deepEqual(at(url), ["page.url"], url);
  const nobodyAsks = clientCertificatesSection.safeParse({ page: { url: "https://cards.example.com" } });
  assert.deepEqual(pathsOf(nobodyAsks), ["page"]);
});
