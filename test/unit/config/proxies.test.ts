import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewaySection } from "../../../src/config/gateway-schema.ts";

const http = gatewaySection.shape.http;

for (const proxy of ["10.0.0.1", "10.1.0.0/16", "2001:db8::/32", "::1"]) {
  test(`a proxy may be ${proxy}`, () => {
    assert.deepEqual(http.parse({ trustedProxies: [proxy] }).trustedProxies, [proxy]);
  });
}

for (const proxy of [
  "",
  "proxy.example.com",
  "loopback",
  "0.0.0.0/0",
  "::/0",
  "10.0.0.0/33",
  "10.0.0.0/16/8",
  "10.0.0.0/x",
]) {
  test(`everybody's word would be believed with ${JSON.stringify(proxy)}, or nobody's: it is refused`, () => {
    assert.equal(http.safeParse({ trustedProxies: [proxy] }).success, false);
  });
}
