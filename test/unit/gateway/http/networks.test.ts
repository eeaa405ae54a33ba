import assert from "node:assert/strict";
import { test } from "node:test";
import { createNetworks } from "../../../../src/gateway/http/networks.ts";

test("an address is in a network, or is one, in either of its forms", () => {
  const networks = createNetworks(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1"]) {
    assert.equal(networks.has(address), true, address);
  }
  for (const address of ["11.1.2.3", "192.0.2.8", "2001:db9::1", "::1", "::ffff:11.0.0.1", "", "unknown"]) {
    assert.equal(networks.has(address), false, address);
  }
  assert.equal(createNetworks(["0.0.0.0/0"]).has("203.0.113.9"), true);
});
