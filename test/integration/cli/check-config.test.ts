/**
 * `drawbridge check-config`: everything that is wrong, at once, and never what is in the files.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError, loadConfig } from "../../../src/config/load.ts";
import { createIdentityKeys } from "../../support/identity-keys.ts";
import { runCli } from "../../support/run-cli.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";

const password = "correct horse battery staple";

/** Both programs in one file, which is how a small company may keep it. */
async function usable(scratch: Scratch) {
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  return {
    nats: { servers: ["tls://nats.example.test:4222"] },
    connector: {
      connections: {
        corp: {
          identityKeyFile: keys.connector("corp").keyFile,
          gatewayKeyFiles: [keys.gateway.publicKeyFile],
          directory: {
            preset: "active-directory",
            controllers: ["ldaps://dc1.example.test"],
            baseDn: "DC=example,DC=test",
            serviceAccount: {
              name: "svc@example.test",
              passwordFile: await scratch.write("password", `${password}\n`),
            },
          },
        },
      },
    },
    gateway: {
      identityKeyFile: keys.gateway.keyFile,
      connections: { corp: { connectorKeyFiles: [keys.connector("corp").publicKeyFile] } },
    },
  };
}

async function check(scratch: Scratch, settings: object, env: Record<string, string> = {}) {
  const file = await scratch.write("drawbridge.yaml", JSON.stringify(settings));
  return runCli(["check-config", file], { env });
}

/** The paths that were complained about: what stands before the colon of each line. */
function pathsOf(stderr: string): readonly string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .map((line) => line.split(": ")[0] ?? "");
}

test("a usable configuration: exit code 0, and no secret is shown", async () => {
  await using scratch = await createScratch("check-config");
  const { code, stdout, stderr } = await check(scratch, await usable(scratch));
  assert.equal(code, 0, stderr);
  assert.match(stdout, /corp/);
  const key = readFileSync(join(scratch.folder, "gateway.key"), "utf8").split("\n")[1] ?? "";
  for (const secret of [password, key]) assert.ok(!(stdout + stderr).includes(secret));
});

test("five mistakes: five messages with their paths, exit code 78", async () => {
  await using scratch = await createScratch("check-config");
  const { connector, gateway, nats } = await usable(scratch);
  const broken = {
    nats: { ...nats, nkey: "x" },
    log: { level: "loud" },
    connector: { ...connector, inFlightMax: 0 },
    gateway: { ...gateway, loginDeadline: "10 seconds" },
  };
  const { code, stderr } = await check(scratch, broken, { DRAWBRIDGE_OPS__PORT: "70000" });
  assert.equal(code, 78);
  assert.deepEqual(
    pathsOf(stderr).toSorted(),
    ["connector.inFlightMax", "gateway.loginDeadline", "log.level", "nats.nkey", "ops.port"].toSorted(),
  );
});

test("a file that is there but holds no key is found before a program starts with it", async () => {
  await using scratch = await createScratch("check-config");
  const { connector, gateway, nats } = await usable(scratch);
  const publicKey = join(scratch.folder, "gateway.pub");
  const { code, stderr } = await check(scratch, {
    nats,
    connector,
    gateway: { ...gateway, identityKeyFile: publicKey },
  });
  assert.equal(code, 78);
  assert.deepEqual(pathsOf(stderr), ["gateway.identityKeyFile"]);
});

test("authorities and lists that cannot be read are found before a connector starts with them", async () => {
  await using scratch = await createScratch("check-config");
  const { connector, ...rest } = await usable(scratch);
  const garbage = await scratch.write("garbage.pem", "garbage");
  const certificates = { caFile: garbage, intermediatesFile: garbage, revocation: { crlFiles: [garbage] } };
  const connections = { corp: { ...connector.connections.corp, certificates } };
  const { code, stderr } = await check(scratch, { ...rest, connector: { ...connector, connections } });
  assert.equal(code, 78);
  const path = "connector.connections.corp.certificates";
  assert.deepEqual(pathsOf(stderr), [
    `${path}.caFile`,
    `${path}.intermediatesFile`,
    `${path}.revocation.crlFiles`,
  ]);
});

test("a file that is missing, no YAML, or no mapping", async () => {
  await using scratch = await createScratch("check-config");
  const files = [
    join(scratch.folder, "missing"),
    await scratch.write("broken.yaml", "nats: [unclosed"),
    await scratch.write("list.yaml", "- nats"),
    await scratch.write("twice.yaml", "log: {}\nlog: {}"),
  ];
  for (const file of files) assert.throws(() => loadConfig(file), ConfigError, file);
});
