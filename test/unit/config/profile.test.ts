import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, parseConfig } from "../../../src/config/load.ts";

function parse(profile: unknown): unknown {
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
              controllers: ["ldaps://dc1.example.test"],
              baseDn: "DC=example,DC=test",
              serviceAccount: { name: "svc@example.test", passwordFile: "password" },
              profile,
            },
          },
        },
      },
    },
    {},
  );
  return config.connector?.connections["corp"]?.directory.profile;
}

test("every form of a mapping is taken, the short one included", () => {
  assert.deepEqual(
    parse({
      name: "displayName",
      mails: { attribute: "mail", multiple: true, default: [] },
      full: { template: "{givenName} {sn}", default: "?" },
      boss: { attribute: "manager", pick: "CN" },
      path: { attribute: "dn", pick: "OU", index: "all", multiple: true },
      number: { attribute: "employeeNumber", type: "integer", default: 0 },
      source: { constant: "corp" },
    }),
    {
      name: { attribute: "displayName" },
      mails: { attribute: "mail", multiple: true, default: [] },
      full: { template: "{givenName} {sn}", default: "?" },
      boss: { attribute: "manager", pick: "CN" },
      path: { attribute: "dn", pick: "OU", index: "all", multiple: true },
      number: { attribute: "employeeNumber", type: "integer", default: 0 },
      source: { constant: "corp" },
    },
  );
});

const mistakes: readonly (readonly [unknown, string, RegExp])[] = [
  [{ f: "two words" }, "f.attribute", /attribute's name/],
  [{ f: 7 }, "f", /object/],
  [{ f: {} }, "f", /one of attribute, template and constant/],
  [{ f: { attribute: "mail", constant: 1 } }, "f", /one of attribute, template and constant/],
  [{ f: { template: "{givenName" } }, "f.template", /braces/],
  [{ f: { template: "{given name}" } }, "f.template", /braces/],
  [{ f: { template: "}" } }, "f.template", /braces/],
  [{ f: { template: "${process.env}" } }, "f.template", /braces/],
  [{ f: { attribute: "mail", type: "date" } }, "f.type", /text/],
  [{ f: { attribute: "mail", typ: "text" } }, "f.typ", /no setting has this name/],
  [{ f: { template: "x", multiple: true } }, "f.multiple", /needs attribute/],
  [{ f: { attribute: "mail", index: 1 } }, "f.index", /needs pick/],
  [{ f: { attribute: "mail", pick: "CN", index: -1 } }, "f.index", /0 to 63/],
  [{ f: { attribute: "mail", pick: "CN", type: "integer" } }, "f.type", /part of a name/],
  [{ f: { attribute: "n", type: "integer", default: "0" } }, "f.default", /value itself/],
  [{ f: { attribute: "mail", multiple: true, default: "x" } }, "f.default", /value itself/],
  [{ f: { attribute: "mail", default: { a: 1 } } }, "f.default", /expected text/],
  [{ f: { constant: 1, default: 2 } }, "f.default", /needs none/],
  [{ "a b": "mail" }, "a b", /letters, digits/],
  [Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, "mail"])), "", /64/],
];
for (const [profile, path, message] of mistakes) {
  test(`${JSON.stringify(profile).slice(0, 70)} is refused at its place`, () => {
    const root = "connector.connections.corp.directory.profile";
    assert.throws(
      () => parse(profile),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(
          error.problems.map((problem) => problem.path),
          [path === "" ? root : `${root}.${path}`],
        );
        assert.match(error.problems[0]?.message ?? "", message);
        return true;
      },
    );
  });
}
