import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../../../src/login/source.ts";

test("an IPv4 address is in its /24", () => {
  assert.deepEqual(sourceOf("203.0.113.9"), { address: "203.0.113.9", network: "203.0.113.0/24" });
  assert.deepEqual(sourceOf("::ffff:203.0.113.9"), sourceOf("203.0.113.9"));
});

test("every spelling of an IPv6 address is the same /64, and so is every host in it", () => {
  const source = { address: "2001:db8:0:7::/64", network: "2001:db8:0:7::/64" };
  for (const ip of [
    "2001:db8:0:7::1",
    "2001:DB8:0:7:0:0:0:1",
    "2001:db8:0:7:ffff:1:2:3",
    "2001:db8:0:7::2%eth0",
  ]) {
    assert.deepEqual(sourceOf(ip), source);
  }
  assert.equal(sourceOf("::1").network, "0:0:0:0::/64");
  assert.equal(sourceOf("2001:db8::").network, "2001:db8:0:0::/64");
});

test("a port behind an address is left out", () => {
  assert.deepEqual(sourceOf("203.0.113.9:49152"), sourceOf("203.0.113.9"));
  assert.deepEqual(sourceOf("[2001:db8:0:7::1]:443"), sourceOf("2001:db8:0:7::1"));
  assert.deepEqual(sourceOf("[2001:db8:0:7::1]"), sourceOf("2001:db8:0:7::1"));
});

test("what is no address is one source for all", () => {
  assert.deepEqual(sourceOf("unix:"), { address: "unknown", network: "unknown" });
});
