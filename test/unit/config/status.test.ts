/**
 * The operators' token never travels in clear: settings by which it would do not start.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, parseConfig } from "../../../src/config/load.ts";

function statusOf(status: object) {
  const { gateway } = parseConfig(
    {
      nats: { servers: ["tls://nats-1.example.test:4222"] },
      gateway: {
        identityKeyFile: "gateway.key",
        connections: { corp: { connectorKeyFiles: ["corp.pub"] } },
        status: { tokenFile: "token", ...status },
      },
    },
    {},
  );
  return gateway?.status;
}

test("by default the page is for this machine alone", () => {
  assert.deepEqual(statusOf({}), { host: "127.0.0.1", port: 9401, tokenFile: "token", tryLogins: true });
});

test("another address wants TLS", () => {
  const tls = { certFile: "cert.pem", keyFile: "key.pem" };
  for (const host of ["0.0.0.0", "::", "10.0.0.5", "127.example.test", "status.example.test", ""]) {
    assert.throws(
      () => statusOf({ host }),
      (error) => error instanceof ConfigError && error.problems[0]?.path === "gateway.status.tls",
      host,
    );
    assert.equal(statusOf({ host, tls })?.host, host);
  }
  for (const host of ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
    assert.equal(statusOf({ host })?.host, host);
});
