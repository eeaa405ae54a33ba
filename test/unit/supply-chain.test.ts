/**
 * Nothing is installed that is not pinned by its digest, nothing runs while it is installed, and every direct package has its reason.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(root, name), "utf8");
const manifest = JSON.parse(read("package.json")) as LockedPackage;
const { packages } = JSON.parse(read("package-lock.json")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const installed = Object.entries(packages).filter(([path]) => path !== "");

test("every package of the lock file has a version and a SHA-512 digest, but for tools of other machines", () => {
  assert.ok(installed.length > 50);
  for (const [path, { version, integrity, dev, optional }] of installed) {
    assert.match(String(version), /^\d+\.\d+\.\d+/, path);
    if (dev === true && optional === true && integrity === undefined) continue;
    assert.match(String(integrity), /^sha512-[A-Za-z0-9+/]{86}==$/, path);
  }
});

test("the lock file is that of package.json", () => {
  assert.deepEqual(packages[""]?.dependencies, manifest.dependencies);
  assert.deepEqual(packages[""]?.devDependencies, manifest.devDependencies);
  assert.deepEqual(packages[""]?.optionalDependencies, manifest.optionalDependencies);
});

test("install scripts are off, and one package alone that runs in production has one, which is built from source instead", () => {
  assert.match(read(".npmrc"), /^ignore-scripts=true$/m);
  const scripted = installed.filter(
    ([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true,
  );
  assert.deepEqual(
    scripted.map(([path]) => path),
    ["node_modules/kerberos"],
  );
});

test("every direct package is in the table of reasons", () => {
  const reasons = read("docs/adr/0005-dependencies.md");
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    if (!name.startsWith("@types/")) assert.ok(reasons.includes(`\`${name}\``), `${name} is not in ADR 5`);
  }
});
