/**
 * The seeded Active Directory domain that every Samba launch starts from, made once on each machine.
 *
 * Provisioning takes several seconds, unpacking the result a quarter of one. The archive is kept beside the installed
 * packages under a name that hashes the recipe, so that it is made anew whenever the recipe or Samba changes.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { access, mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensurePackages } from "./packages.ts";
import { createAuthority } from "./pki.ts";
import { holdLock } from "./lock-file.ts";
import { findFreeAddress } from "./loopback.ts";
import { runCommand } from "./run-command.ts";
import type { SambaDomain } from "./samba-config.ts";
import { firstController, provisioningConfig } from "./samba-config.ts";
import { seedSamba } from "./samba-seed.ts";
import { sambaPorts, startSambaServer } from "./samba-server.ts";
import { createScratch } from "./scratch.ts";

const recipe = [
  "people.ts",
  "samba-config.ts",
  "samba-seed.ts",
  "samba-server.ts",
  "samba-snapshot.ts",
] as const;
const cacheFolder = join(import.meta.dirname, "../../node_modules/.cache/drawbridge");
const provisionTimeoutMs = 60_000;
const lockTimeoutMs = 120_000;

/**
 * @param say  Told when the domain has to be made first.
 * @returns the path of the archive (tar, gzip) with `private` and `state`.
 */
export async function ensureSambaSnapshot(
  domain: SambaDomain,
  say: (sentence: string) => void = () => {},
): Promise<string> {
  await ensurePackages(say);
  const archive = join(cacheFolder, `samba-${domain.dnsName}-${await recipeHash()}.tar.gz`);
  if (await exists(archive)) return archive;
  await mkdir(dirname(archive), { recursive: true });
  // Test files run side by side: one makes the archive, the others wait for it.
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await holdLock(`${archive}.lock`, lockTimeoutMs));
  if (await exists(archive)) return archive;
  say("Making an Active Directory domain with Samba (once on each machine, about 15 s)");
  await makeSnapshot(domain, archive);
  return archive;
}

async function makeSnapshot(domain: SambaDomain, archive: string): Promise<void> {
  await using scratch = await createScratch("provision");
  const folder = join(scratch.folder, "domain");
  const address = await findFreeAddress(sambaPorts);
  await provision(domain, folder, await scratch.write("provision.conf", provisioningConfig(domain)), address);

  const authority = await createAuthority(scratch.folder);
  const name = firstController;
  const server = await startSambaServer(domain, { folder, address, authority, name, services: "ldap" });
  try {
    await seedSamba(domain, folder, address, authority);
  } finally {
    await server[Symbol.asyncDispose]();
  }
  const unfinished = `${archive}.unfinished`;
  await runCommand(
    "tar",
    ["--create", "--gzip", "--file", unfinished, "--directory", folder, "private", "state"],
    {
      timeoutMs: 30_000,
    },
  );
  await rename(unfinished, archive);
}

async function provision(
  domain: SambaDomain,
  folder: string,
  configFile: string,
  address: string,
): Promise<void> {
  await mkdir(folder);
  await runCommand(
    "samba-tool",
    [
      "domain",
      "provision",
      `--configfile=${configFile}`,
      `--targetdir=${folder}`,
      `--realm=${domain.dnsName.toUpperCase()}`,
      `--domain=${domain.netbiosName}`,
      "--server-role=dc",
      "--dns-backend=SAMBA_INTERNAL",
      "--function-level=2008_R2",
      `--host-name=${firstController}`,
      `--host-ip=${address}`,
      `--adminpass=${domain.administrator.password}`,
      `--option=interfaces=${address}/8`,
      "--option=bind interfaces only=yes",
    ],
    { timeoutMs: provisionTimeoutMs },
  );
}

async function recipeHash(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await runCommand("samba", ["--version"], { timeoutMs: 10_000 }));
  for (const file of recipe) hash.update(await readFile(join(import.meta.dirname, file)));
  return hash.digest("hex").slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
