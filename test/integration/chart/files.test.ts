/**
 * The files that pods of the chart get, given to the programs that read them.
 */

import assert from "node:assert/strict";
import { copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { find, listAt, render } from "../../support/chart.ts";
import type { Manifest } from "../../support/chart.ts";
import { ensurePackages } from "../../support/packages.ts";
import { createAuthority } from "../../support/pki.ts";
import { runCli } from "../../support/run-cli.ts";
import { runCommand } from "../../support/run-command.ts";
import { createScratch } from "../../support/scratch.ts";
import { connector, gateway } from "./value-sets.ts";

const values = { connector, gateway, nats: { enabled: true } };

test("with the files of `drawbridge keys` where the chart puts them, check-config finds the configurations usable", async () => {
  await using scratch = await createScratch("chart-files");
  const manifests = await render(values);
  const folder = (name: string): string => join(scratch.folder, name);
  const made = await runCli(["keys", "--out", folder("keys"), "--connection", "corp"]);
  assert.equal(made.code, 0, made.stderr);
  for (const name of ["ca", "directory", "nats"]) await mkdir(folder(name));
  const { caFile } = await createAuthority(scratch.folder);
  await copyFile(caFile, folder("ca/ca.pem"));
  await copyFile(caFile, folder("nats/ca.crt"));
  await writeFile(folder("directory/password"), "secret");
  for (const program of ["connector", "gateway"]) {
    await writeData(find(manifests, "ConfigMap", `login-drawbridge-${program}`), scratch.folder);
    const { code, stderr, stdout } = await runCli(["check-config", `${program}.yaml`], {
      cwd: scratch.folder,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /tls:\/\/login-drawbridge-nats-0\.login-drawbridge-nats\.drawbridge\.svc:4222/);
  }
});

test("the NATS server finds its configuration in order", async () => {
  await ensurePackages();
  await using scratch = await createScratch("chart-files");
  const manifests = await render(values);
  await writeData(find(manifests, "ConfigMap", "login-drawbridge-nats"), scratch.folder);
  const keys = join(scratch.folder, "keys");
  assert.equal((await runCli(["keys", "--out", keys, "--connection", "corp"])).code, 0);
  await rename(join(keys, "users.conf"), join(scratch.folder, "users.conf"));
  const authority = await createAuthority(scratch.folder);
  const { certificateFile, keyFile } = await authority.issue("nats", { dns: ["nats"], ip: [] });
  const variables = listAt(
    find(manifests, "StatefulSet", "login-drawbridge-nats"),
    "spec.template.spec.containers.0.env",
  );
  const env = {
    ...Object.fromEntries(variables.map(({ name, value = "" }) => [name, String(value)])),
    DRAWBRIDGE_NATS_NAME: "login-drawbridge-nats-0",
    DRAWBRIDGE_NATS_CERTIFICATE: certificateFile,
    DRAWBRIDGE_NATS_KEY: keyFile,
    DRAWBRIDGE_NATS_CLUSTER_CA: authority.caFile,
    DRAWBRIDGE_NATS_STORE: join(scratch.folder, "store"),
  };
  await assert.doesNotReject(
    runCommand("nats-server", ["-t", "--config", join(scratch.folder, "nats.conf")], {
      env,
      timeoutMs: 30_000,
    }),
  );
});

async function writeData({ data = {} }: Manifest, folder: string): Promise<void> {
  for (const [name, text] of Object.entries(data)) await writeFile(join(folder, name), text);
}
