/**
 * Files of passwords and certificates change under a connector, the way Kubernetes changes them.
 */

import assert from "node:assert/strict";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import {
  openConfiguredDirectory,
  renewSecrets,
  tellingEvents,
} from "../../../src/cli/open-configured-directory.ts";
import { readDirectorySecrets } from "../../../src/config/directory-secrets.ts";
import { directorySection } from "../../../src/config/directory-schema.ts";
import { SettingFiles } from "../../../src/config/setting-files.ts";
import { isConnectionName } from "../../../src/login/attempt.ts";
import { recordEvents } from "../../support/recorded-events.ts";
import { createScratch } from "../../support/scratch.ts";
import { startSlapd } from "../../support/slapd.ts";

test(
  "what is in the files is taken over, what is of no use is said once, and logins never stop",
  { timeout: 60_000 },
  async () => {
    await using slapd = await startSlapd();
    await using scratch = await createScratch("renewed");
    await publish(scratch.folder, { password: slapd.serviceAccount.password, ca: slapd.ca });
    const settings = directorySection.parse({
      preset: "openldap",
      controllers: [slapd.url],
      baseDn: slapd.baseDn,
      caFile: join(scratch.folder, "current", "ca"),
      serviceAccount: {
        name: slapd.serviceAccount.name,
        passwordFile: join(scratch.folder, "current", "password"),
      },
    });
    const connection = "corp";
    assert.ok(isConnectionName(connection));
    const secrets = readDirectorySecrets("directory", settings, new SettingFiles());
    const { events, seen } = recordEvents();
    const configured = { connection, settings, secrets };
    await using directory = openConfiguredDirectory(configured, tellingEvents(connection, events));
    using renewing = new DisposableStack();
    renewing.use(renewSecrets(directory, configured, events));
    const told = (): readonly string[] =>
      seen.flatMap(({ name, fields: { setting, why, password, result } }) => {
        if (name === "secretsRenewed") return ["renewed"];
        if (name === "secretUnusable") return [`${String(setting)}: ${String(why)}`];
        return name === "serviceAccountTried" ? [`${String(password)} ${String(result)}`] : [];
      });
    await until(() => directory.controller() !== undefined);
    assert.deepEqual(told(), ["newest ok"]);

    await publish(scratch.folder, { password: "a stale one", ca: slapd.ca });
    await until(() => told().length === 3);
    assert.deepEqual(told().slice(1), ["renewed", "newest service_account_bad_credentials"]);

    await publish(scratch.folder, { password: "", ca: "no PEM" });
    await until(() => told().length === 6);
    const path = "connector.connections.corp.directory";
    assert.deepEqual(told().slice(3), [
      `${path}.serviceAccount.passwordFile: ${settings.serviceAccount.passwordFile} is empty`,
      "renewed",
      `${path}: the CA file holds no PEM certificate`,
    ]);

    await publish(scratch.folder, { password: slapd.serviceAccount.password, ca: slapd.ca });
    await until(() => told().length === 7);
    assert.equal(told().at(-1), "renewed");
    assert.notEqual(directory.controller(), undefined);
    const states = seen.filter(({ name }) => name === "controllerChanged");
    assert.deepEqual(
      states.map(({ fields }) => fields["state"]),
      ["available"],
    );
  },
);

/** A new folder, and then the link to it in one step. */
async function publish(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const version = join(folder, `version-${performance.now()}`);
  await mkdir(version);
  for (const [name, text] of Object.entries(files)) await writeFile(join(version, name), text);
  const link = join(folder, "next");
  await rm(link, { force: true });
  await symlink(version, link);
  await rename(link, join(folder, "current"));
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error("it did not come true");
    await sleep(10);
  }
}
