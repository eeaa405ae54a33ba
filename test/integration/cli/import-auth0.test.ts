/**
 * `drawbridge import auth0`: every setting of an old connector is accounted for, and the same people log in.
 */

import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { withoutEquivalent } from "../../../src/cli/auth0/settings-without-equivalent.ts";
import { startGateway } from "../../support/drawbridge.ts";
import { createIdentityKeys } from "../../support/identity-keys.ts";
import type { IdentityKeys } from "../../support/identity-keys.ts";
import { findFreeAddress } from "../../support/loopback.ts";
import { startNats } from "../../support/nats-server.ts";
import type { Nats } from "../../support/nats-server.ts";
import { startProgram } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";

const realm = "urn:auth0:example";

/** Anything at all for what is not taken over. */
const left = Object.fromEntries(Object.keys(withoutEquivalent).map((key) => [key, `old ${key}`]));

function everySetting(samba: Samba): Readonly<Record<string, unknown>> {
  return {
    ...left,
    CONNECTION: "corp",
    REALM: realm,
    [realm]: { postTokenUrl: "https://example.auth0.test/login/callback" },
    LDAP_URL: samba.url,
    LDAP_BASE: samba.baseDn,
    LDAP_BASE_GROUPS: `OU=Groups,${samba.baseDn}`,
    LDAP_BIND_USER: samba.serviceAccount.name,
    LDAP_BIND_PASSWORD: samba.serviceAccount.password,
    LDAP_USER_BY_NAME: "(|(sAMAccountName={0})(mail={0}))",
    LDAP_NUMBER_OF_PARALLEL_BINDS: 32,
    GROUPS: true,
    GROUP_PROPERTY: "cn",
    GROUPS_TIMEOUT_SECONDS: 20,
    ALLOW_PASSWORD_EXPIRED: true,
    ALLOW_PASSWORD_CHANGE_REQUIRED: false,
    ENABLE_WRITE_BACK: true,
    SSL_CA_PATH: dirname(samba.caFile),
    SSL_CA_FILE: String.raw`^ca\.pem$`,
    PROFILE_MAPPER: "",
    PROFILE_MAPPER_FILE: "mapper.js",
  };
}

const mapper = `
module.exports = function (raw_data) {
  return {
    id: raw_data.objectGUID || raw_data.uid,
    displayName: raw_data.displayName,
    nickname: raw_data['sAMAccountName'],
    jobTitle: raw_data.title,
    emails: raw_data.mail ? [{ value: raw_data.mail }] : undefined
  };
};
require('fs').writeFileSync('executed', '');
`;

describe("drawbridge import auth0", { timeout: 120_000 }, () => {
  let samba: Samba;
  let nats: Nats;
  let keys: IdentityKeys;
  let scratch: Scratch;
  let out: string;
  before(async () => {
    samba = await startSamba();
    nats = await startNats();
    scratch = await createScratch("import");
    out = join(scratch.folder, "out");
    const keysFolder = join(scratch.folder, "keys");
    await mkdir(keysFolder);
    keys = await createIdentityKeys(keysFolder, ["corp"]);
    await copyFile(nats.nkeyFiles.connector, join(keysFolder, "nats-connector.nk"));
    await writeFile(join(scratch.folder, "mapper.js"), mapper);
  });
  after(async () => {
    await scratch[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
    await samba[Symbol.asyncDispose]();
  });

  test("every setting is taken over or told why not, and the result is a usable configuration", async () => {
    const old = everySetting(samba);
    const file = await scratch.write("config.json", JSON.stringify(old));
    const imported = await runCli(
      ["import", "auth0", file, "--out", out, "--keys", join(scratch.folder, "keys")].concat(
        nats.servers.flatMap((server) => ["--nats", server]),
      ),
    );
    assert.equal(imported.code, 0, imported.stderr);
    for (const key of Object.keys(old)) {
      assert.equal(imported.stdout.split("\n").filter((line) => line.startsWith(`  ${key} `)).length, 1, key);
    }
    assert.match(
      imported.stdout,
      /line 3: jobTitle ← raw_data\.title +jobTitle: title|line 7: jobTitle ← raw_data\.title +jobTitle: title/,
    );
    assert.match(imported.stdout, /emails ← raw_data\.mail +not taken over/);
    assert.ok(!imported.stdout.includes(samba.serviceAccount.password));
    const settings = await readFile(join(out, "connector.yaml"), "utf8");
    assert.ok(!settings.includes(samba.serviceAccount.password));
    await assert.rejects(readFile("executed"));

    const checked = await runCli(["check-config", join(out, "connector.yaml")]);
    assert.equal(checked.code, 0, checked.stderr);
    const again = await runCli(["import", "auth0", file, "--out", out]);
    assert.equal(again.code, 73);
  });

  test("a connector with it logs the same people in", async () => {
    const address = await findFreeAddress([9464]);
    const settings = parse(await readFile(join(out, "connector.yaml"), "utf8"));
    await using connector = await startProgram({
      command: "connector",
      name: "imported",
      opsUrl: `http://${address}:9464`,
      config: {
        ...settings,
        nats: { ...settings.nats, caFile: nats.caFile },
        ops: { host: address, port: 9464 },
      },
    });
    await using gateway = await startGateway({ nats, keys, connections: ["corp"], disclosure: "state" });
    const outcomeOf = async (username: string, password = samba.password): Promise<unknown> => {
      const { body } = await gateway.login({ username, password });
      return body["reason"] ?? body["outcome"];
    };
    const { accounts } = samba;
    assert.deepEqual(
      [
        await outcomeOf(accounts.active),
        await outcomeOf("ada.lovelace@example.test"),
        await outcomeOf(accounts.active, "wrong"),
        await outcomeOf(accounts.disabled),
        await outcomeOf(accounts.mustChange),
        await outcomeOf(accounts.passwordExpired),
        await outcomeOf(accounts.unicode),
        await outcomeOf("nobody"),
      ],
      [
        "accepted",
        "accepted",
        "bad_credentials",
        "account_disabled",
        "password_must_change",
        "accepted",
        "accepted",
        "bad_credentials",
      ],
    );
    const { body } = await gateway.login({ username: accounts.active, password: samba.password });
    const identity = body["identity"] as { profile: unknown; groups: readonly { name: string }[] };
    assert.ok(connector.isRunning());
    assert.deepEqual(identity.profile, {
      displayName: "Ada Lovelace",
      nickname: "ada",
      jobTitle: "Principal Engineer",
    });
    assert.deepEqual(identity.groups.map(({ name }) => name).toSorted(), [
      "Engineers",
      "Staff",
      "Technology",
    ]);
  });

  test("what is no old configuration is told without quoting it", async () => {
    const file = await scratch.write("broken.json", '{"LDAP_BIND_PASSWORD": "hunter2" x}');
    const { code, stderr } = await runCli(["import", "auth0", file, "--out", join(scratch.folder, "none")]);
    assert.equal(code, 64);
    assert.match(stderr, /is not a JSON object/);
    assert.ok(!stderr.includes("hunter2"));
  });
});
