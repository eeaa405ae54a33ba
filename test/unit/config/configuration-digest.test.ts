import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../src/config/configuration-digest.ts";

const settings = {
  identityKeyFile: "/etc/drawbridge/identity.pem",
  gatewayKeyFiles: ["/etc/drawbridge/gateway.pub"],
  inFlightMax: 64,
  directory: {
    controllers: ["ldaps://dc1.example.test", "ldaps://dc2.example.test"],
    groups: { max: 2_000, include: ["App-*"] },
    serviceAccount: { name: "svc", passwordFile: "/etc/drawbridge/password" },
    otherDomains: [{ baseDn: "dc=b", serviceAccount: { name: "svc-b" } }],
  },
  kerberos: undefined,
};
const { directory } = settings;

test("the same settings have the same digest, in whatever order they were written", () => {
  const { groups, ...rest } = directory;
  const turned = { directory: { groups: { include: groups.include, max: groups.max }, ...rest } };
  assert.deepEqual(digestOf({ ...turned, inFlightMax: 64 }), digestOf(settings));
});

test("where files lie and who the service account is do not matter", () => {
  const other = {
    ...settings,
    identityKeyFile: "elsewhere",
    directory: {
      ...directory,
      serviceAccount: { name: "other", passwordFile: "other" },
      otherDomains: [{ baseDn: "dc=b", serviceAccount: { name: "other-b" } }],
    },
  };
  assert.deepEqual(digestOf(other), digestOf(settings));
});

test("a part that differs is the only one that does, and the whole differs with it", () => {
  const other = digestOf({
    ...settings,
    directory: { ...directory, groups: { max: 10, include: ["App-*"] } },
  });
  const same = digestOf(settings);
  assert.notEqual(other.digest, same.digest);
  const paths = Object.keys(same.parts);
  assert.deepEqual(paths, [
    "directory.controllers",
    "directory.groups",
    "directory.otherDomains",
    "inFlightMax",
  ]);
  assert.deepEqual(
    paths.filter((path) => other.parts[path] !== same.parts[path]),
    ["directory.groups"],
  );
});

test("the order of a list matters: the first controller is asked first", () => {
  const turned = {
    ...settings,
    directory: { ...directory, controllers: directory.controllers.toReversed() },
  };
  assert.notEqual(digestOf(turned).digest, digestOf(settings).digest);
});
