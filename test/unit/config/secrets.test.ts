import assert from "node:assert/strict";
import { inspect } from "node:util";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError, parseConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/schema.ts";
import { readSecrets } from "../../../src/config/secrets.ts";
import { createScratch } from "../../support/scratch.ts";

interface Files {
  readonly identityKeyFile: string;
  readonly passwordFile: string;
  readonly caFile?: string;
}

function configured({ identityKeyFile, passwordFile, caFile }: Files): Config {
  const directory = {
    preset: "openldap",
    controllers: ["ldaps://ldap.example.test"],
    baseDn: "dc=example,dc=test",
    serviceAccount: { name: "cn=svc", passwordFile },
    ...(caFile === undefined ? {} : { caFile }),
  };
  const corp = { identityKeyFile, gatewayKeyFiles: [identityKeyFile], directory };
  const settings = {
    nats: { servers: ["tls://nats.example.test:4222"] },
    connector: { connections: { corp } },
  };
  return parseConfig(settings, {});
}

test("a password file's last line break is not part of the password; every other character is", async () => {
  await using scratch = await createScratch("secrets");
  const identityKeyFile = await scratch.write("key", "key\n");
  for (const ending of ["", "\n", "\r\n"]) {
    const passwordFile = await scratch.write("password", ` pass word \n${ending}`);
    const secrets = readSecrets(configured({ identityKeyFile, passwordFile })).connector.get("corp");
    assert.equal(
      secrets?.directory.servicePassword.reveal(),
      ending === "" ? " pass word " : " pass word \n",
    );
  }
});

test("all files that cannot be used are reported at once, by the settings that name them", async () => {
  await using scratch = await createScratch("secrets");
  const files = {
    identityKeyFile: join(scratch.folder, "missing"),
    passwordFile: await scratch.write("empty", "\n"),
    caFile: await scratch.write("large", "x".repeat(1_048_577)),
  };
  assert.throws(
    () => readSecrets(configured(files)),
    (error) => {
      assert.ok(error instanceof ConfigError);
      const path = "connector.connections.corp";
      assert.deepEqual(error.problems.map((problem) => problem.path).toSorted(), [
        `${path}.directory.caFile`,
        `${path}.directory.serviceAccount.passwordFile`,
        `${path}.gatewayKeyFiles.0`,
        `${path}.identityKeyFile`,
      ]);
      return true;
    },
  );
});

test("what was read cannot be printed by accident", async () => {
  await using scratch = await createScratch("secrets");
  const passwordFile = await scratch.write("password", "hunter2");
  const identityKeyFile = await scratch.write("key", "public text");
  const secrets = readSecrets(configured({ identityKeyFile, passwordFile }));
  const printed = inspect(secrets, { depth: 10 }) + JSON.stringify([...secrets.connector]);
  assert.ok(!printed.includes("hunter2"));
});
