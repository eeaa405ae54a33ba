import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, parseConfig } from "../../../src/config/load.ts";

function parse(place: Readonly<Record<string, unknown>>): unknown {
  const config = parseConfig(
    {
      nats: { servers: ["tls://nats.example.test:4222"] },
      connector: {
        connections: {
          corp: {
            identityKeyFile: "corp.connector.key",
            gatewayKeyFiles: ["gateway.pub"],
            directory: {
              preset: "active-directory",
              baseDn: "DC=example,DC=test",
              serviceAccount: { name: "svc@example.test", passwordFile: "password" },
              ...place,
            },
          },
        },
      },
    },
    {},
  );
  return config.connector?.connections["corp"]?.directory;
}

const controllers = ["ldaps://dc1.example.test"];

test("controllers are listed or discovered", () => {
  assert.ok(parse({ controllers }));
  assert.ok(parse({ discovery: {} }));
  const all = { domain: "example.test", site: "Berlin", nameServers: ["10.0.0.1", "[::1]:5353", "::1"] };
  assert.ok(parse({ discovery: all, globalCatalog: { discovery: { domain: "example.test" } } }));
});

const mistakes: readonly (readonly [string, Readonly<Record<string, unknown>>, string, RegExp])[] = [
  ["neither", {}, "controllers", /one of the two/],
  ["both", { controllers, discovery: {} }, "controllers", /one of the two/],
  ["an empty list", { controllers: [] }, "controllers", /one of the two/],
  [
    "a catalog with neither",
    { controllers, globalCatalog: {} },
    "globalCatalog.controllers",
    /one of the two/,
  ],
  ["tlsName", { discovery: {}, tlsName: "dc" }, "tlsName", /does not go with discovery/],
  ["no domain", { discovery: { domain: "test" } }, "discovery.domain", /DNS name/],
  ["no site", { discovery: { site: "a b" } }, "discovery.site", /site's name/],
  ["a host", { discovery: { nameServers: ["dns.test"] } }, "discovery.nameServers.0", /IP address/],
  [
    "a wrong port",
    { discovery: { nameServers: ["10.0.0.1:99999"] } },
    "discovery.nameServers.0",
    /IP address/,
  ],
];

for (const [what, place, path, message] of mistakes) {
  test(`${what} is a mistake that says where`, () => {
    assert.throws(
      () => parse(place),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        const at = `connector.connections.corp.directory.${path}`;
        const problem = error.problems.find((one) => one.path === at);
        assert.match(problem?.message ?? `nothing at ${at}: ${JSON.stringify(error.problems)}`, message);
        return true;
      },
    );
  });
}
