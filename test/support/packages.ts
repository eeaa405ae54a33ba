/**
 * Makes sure that the real servers are on this machine.
 *
 * Only Debian's own packages are used. Nothing is started by the installation: the servers run as children of the tests,
 * on addresses of their own.
 *
 * @module
 */

import { access, rm, writeFile } from "node:fs/promises";
import { runCommand } from "./run-command.ts";

const packages = [
  "apache2-bin",
  "curl",
  "chromium",
  "faketime",
  "g++",
  "jq",
  "krb5-admin-server",
  "krb5-kdc",
  "krb5-user",
  "libkrb5-dev",
  "fonts-dejavu-core",
  "libapache2-mod-auth-openidc",
  "libnss3-tools",
  "nats-server",
  "openssl",
  "prometheus",
  "python3-samba",
  "samba",
  "samba-ad-dc",
  "samba-ad-provision",
  "samba-dsdb-modules",
  "samba-vfs-modules",
  "slapd",
  "slapd-contrib",
  "util-linux",
  "winbind",
  "zsh",
] as const;

const aptTimeoutMs = 600_000;
const policyFile = "/usr/sbin/policy-rc.d";
const aptEnvironment = { DEBIAN_FRONTEND: "noninteractive" };

/**
 * Installs what is missing; a few milliseconds when nothing is.
 *
 * @param say  Told what is about to be done, in a sentence.
 * @throws {Error} when packages are missing and this machine or user cannot install them.
 */
export async function ensurePackages(say: (sentence: string) => void = () => {}): Promise<void> {
  const missing = await findMissing();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(
      `these Debian packages are missing, and only root can install them: ${missing.join(" ")}`,
    );
  }
  say(`Installing Debian packages: ${missing.join(" ")}`);
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await forbidServiceStarts());
  await apt("update");
  await apt("install", "--yes", "--no-install-recommends", ...missing);
  const still = await findMissing();
  if (still.length > 0) throw new Error(`apt-get did not install: ${still.join(" ")}`);
}

async function findMissing(): Promise<readonly string[]> {
  // dpkg-query exits 1 when it does not know one of the names, which is an answer here.
  const listed = await runCommand(
    "sh",
    [
      "-c",
      "dpkg-query -W -f '${db:Status-Status} ${Package}\\n' \"$@\" 2>/dev/null || true",
      "sh",
      ...packages,
    ],
    { timeoutMs: 10_000 },
  );
  const installed = new Set(listed.split("\n"));
  return packages.filter((name) => !installed.has(`installed ${name}`));
}

async function apt(...args: readonly string[]): Promise<void> {
  await runCommand("apt-get", ["-o", "DPkg::Lock::Timeout=120", "-q", ...args], {
    env: aptEnvironment,
    timeoutMs: aptTimeoutMs,
  });
}

/** Debian starts a daemon when its package is installed, unless this file says no. An existing policy is left alone. */
async function forbidServiceStarts(): Promise<AsyncDisposable> {
  const present = await access(policyFile).then(
    () => true,
    () => false,
  );
  if (!present) await writeFile(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return {
    async [Symbol.asyncDispose]() {
      if (!present) await rm(policyFile, { force: true });
    },
  };
}
