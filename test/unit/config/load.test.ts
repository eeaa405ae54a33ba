import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig, ConfigError } from "../../../src/config/load.ts";

function valid(): Record<string, unknown> {
  return {
    nats: { servers: ["tls://nats.example.test:4222"] },
    connector: {
      connections: {
        corp: {
          identityKeyFile: "corp.connector.key",
          gatewayKeyFiles: ["gateway.pub"],
          directory: {
            preset: "active-directory",
            controllers: ["ldaps://dc1.example.test"],
            baseDn: "DC=example,DC=test",
            serviceAccount: { name: "svc@example.test", passwordFile: "password" },
          },
        },
      },
    },
  };
}

function problemsOf(
  settings: Record<string, unknown>,
  environment: Record<string, string> = {},
): readonly string[] {
  try {
    parseConfig(settings, environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ path }) => path);
  }
}

test("defaults are filled in, durations become milliseconds, and nothing can be changed afterwards", () => {
  const config = parseConfig(valid(), {});
  const directory = config.connector?.connections["corp"]?.directory;
  assert.equal(directory?.connectTimeout, 2_000);
  assert.equal(directory?.groups.timeout, 2_000);
  assert.equal(config.ops.port, 9400);
  assert.throws(() => Object.assign(config.ops, { port: 1 }), TypeError);
});

test("five mistakes in five places give five problems with their paths", () => {
  const settings = valid();
  const broken = {
    ...settings,
    nats: { servers: ["nats://nats.example.test:4222"], tokn: "x" },
    log: { level: "loud" },
    connector: {
      inFlightMax: 0,
      connections: {
        corp: {
          identityKeyFile: "k",
          gatewayKeyFiles: [],
          directory: {
            preset: "active-directory",
            controllers: ["ldap://dc1.example.test"],
            serviceAccount: { name: "svc", passwordFile: "password" },
            bindTimeout: "ten seconds",
          },
        },
        Corp_2: {},
      },
    },
  };
  assert.deepEqual(
    new Set(problemsOf(broken)),
    new Set([
      "nats.servers.0",
      "nats.tokn",
      "log.level",
      "connector.inFlightMax",
      "connector.connections.corp.gatewayKeyFiles",
      "connector.connections.corp.directory.baseDn",
      "connector.connections.corp.directory.bindTimeout",
      "connector.connections.corp.directory.startTls",
      "connector.connections.Corp_2",
    ]),
  );
});

test("the environment overrides the file, by names that follow from the path", () => {
  const config = parseConfig(valid(), {
    PATH: "/usr/bin",
    DRAWBRIDGE_OPS__PORT: "9500",
    DRAWBRIDGE_LOG__LEVEL: "warn",
    DRAWBRIDGE_NATS__SERVERS: "[tls://a.example.test:4222, tls://b.example.test:4222]",
    DRAWBRIDGE_CONNECTOR__CONNECTIONS__CORP__DIRECTORY__BASE_DN: "DC=other,DC=test",
  });
  assert.equal(config.ops.port, 9500);
  assert.equal(config.log.level, "warn");
  assert.equal(config.nats.servers.length, 2);
  assert.equal(config.connector?.connections["corp"]?.directory.baseDn, "DC=other,DC=test");
});

test("an environment name that is no setting is a problem, not ignored", () => {
  assert.deepEqual(problemsOf(valid(), { DRAWBRIDGE_OPS__PROT: "1", DRAWBRIDGE_OPS__PORT: "x" }), [
    "DRAWBRIDGE_OPS__PROT",
    "ops.port",
  ]);
});

test("a password that travels in clear cannot be configured", () => {
  const settings = valid();
  assert.deepEqual(problemsOf({ ...settings, nats: { servers: ["nats://10.0.0.1:4222"] } }), [
    "nats.servers.0",
  ]);
  assert.deepEqual(problemsOf({ ...settings, nats: { servers: ["nats://127.0.0.1:4222"] } }), []);
});
