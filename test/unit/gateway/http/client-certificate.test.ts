/**
 * Whose word is taken for a certificate: the handshake's, or a trusted proxy's, and nobody else's.
 */

import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import {
  presentedCertificate,
  stripForwarded,
  trustedProxies,
} from "../../../../src/gateway/http/client-certificate.ts";

const der = Buffer.from("3003020101", "hex");
const own = `:${der.toString("base64")}:`;

function requestFrom(address: string, headers: Readonly<Record<string, string>>): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: address });
  return Object.assign(new IncomingMessage(socket), { headers: { ...headers } });
}

function kindOf(headers: Readonly<Record<string, string>>, address = "10.1.2.3"): string {
  return presentedCertificate(requestFrom(address, headers), trustedProxies(["10.0.0.0/8"])).kind;
}

test("proxies are trusted by address or network, in either form of an address", () => {
  const proxies = trustedProxies(["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"]);
  for (const address of ["192.0.2.7", "10.255.0.1", "::ffff:10.0.0.1", "2001:db8::1"]) {
    assert.equal(proxies.has(address), true, address);
  }
  for (const address of [
    "192.0.2.8",
    "11.0.0.1",
    "::ffff:11.0.0.1",
    "2001:db9::1",
    "::1",
    "",
    "x",
    undefined,
  ]) {
    assert.equal(proxies.has(address), false, address);
  }
  assert.equal(trustedProxies([]).has("127.0.0.1"), false);
});

test("a trusted proxy's header is read as the standard has it", () => {
  const headers = { "client-cert": own, "client-cert-chain": `${own}, ${own}` };
  const presented = presentedCertificate(requestFrom("10.1.2.3", headers), trustedProxies(["10.0.0.0/8"]));
  assert.deepEqual(presented, {
    kind: "presented",
    certificate: der,
    chain: [der, der],
    proof: { by: "proxy", address: "10.1.2.3" },
  });
});

test("anything else in it is malformed, two certificates in the place of one above all", () => {
  for (const header of [
    "",
    ":",
    "::",
    der.toString("base64"),
    `"${der.toString("base64")}"`,
    `${own}, ${own}`,
    `${own};a=1`,
    ":MAMCAQE:",
    ":MAMC AQE=:",
    ":MAMCAQF=:",
    ":-_-_:",
    encodeURIComponent("-----BEGIN CERTIFICATE-----"),
  ]) {
    assert.equal(kindOf({ "client-cert": header }), "malformed", header);
  }
  assert.equal(kindOf({ "client-cert": own, "client-cert-chain": `${own},` }), "malformed");
});

test("larger or longer than a login may be is too large", () => {
  const large = (size: number): string => `:${Buffer.alloc(size).toString("base64")}:`;
  assert.equal(kindOf({ "client-cert": large(16_385) }), "too_large");
  assert.equal(kindOf({ "client-cert": own, "client-cert-chain": Array(7).fill(own).join() }), "too_large");
  assert.equal(kindOf({ "client-cert": own, "client-cert-chain": large(32_769) }), "too_large");
  assert.equal(kindOf({ "client-cert": large(16_384), "client-cert-chain": large(32_768) }), "presented");
});

test("a header from somebody who is no trusted proxy is neither read nor left in the request", () => {
  const proxies = trustedProxies(["10.0.0.0/8"]);
  const headers = { "client-cert": own, "client-cert-chain": own, "x-forwarded-for": "10.1.2.3" };
  const spoofed = requestFrom("192.0.2.9", headers);
  assert.equal(presentedCertificate(spoofed, proxies).kind, "none");
  assert.equal(stripForwarded(spoofed, proxies), true);
  assert.deepEqual(Object.keys(spoofed.headers), ["x-forwarded-for"]);
  assert.equal(stripForwarded(spoofed, proxies), false);
  const forwarded = requestFrom("10.1.2.3", headers);
  assert.equal(stripForwarded(forwarded, proxies), false);
  assert.equal(forwarded.headers["client-cert"], own);
});

test("a trusted proxy that saw no certificate has none to offer", () => {
  assert.equal(kindOf({}), "none");
  assert.equal(kindOf({ "client-cert-chain": own }), "none");
});
