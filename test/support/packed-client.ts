/**
 * `drawbridge/client` as an application has it: built and packed as a release is, in a folder in which there is nothing else.
 *
 * @module
 */

import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";
import type { Scratch } from "./scratch.ts";

const root = join(import.meta.dirname, "../..");
const timeoutMs = 120_000;

export interface PackedClient {
  /** The application's folder, with the examples in it. */
  readonly folder: string;
  /** Names of the packed files, below the package. */
  readonly files: readonly string[];
}

export async function installPackedClient(scratch: Scratch): Promise<PackedClient> {
  const [stage, folder] = [join(scratch.folder, "stage"), join(scratch.folder, "application")];
  const installed = join(folder, "node_modules", "drawbridge");
  await mkdir(stage);
  await mkdir(installed, { recursive: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const build = [compiler, "--project", join(root, "tsconfig.build.json"), "--outDir", join(stage, "dist")];
  await runCommand(process.execPath, build, { timeoutMs });
  await cp(join(root, "package.json"), join(stage, "package.json"));
  const npm = process.env["npm_execpath"];
  const [command, ...before] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const pack = [
    "pack",
    stage,
    "--pack-destination",
    scratch.folder,
    "--ignore-scripts",
    "--silent",
    "--json",
  ];
  const packed = await runCommand(command, [...before, ...pack], { timeoutMs });
  const [{ filename } = { filename: "" }] = JSON.parse(packed) as readonly { readonly filename: string }[];
  const tarball = join(scratch.folder, filename);
  // Not by npm: it would fetch what the programs of the package need, and that the client needs nothing of it is to be seen.
  await runCommand("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], { timeoutMs });
  await cp(join(root, "docs/examples/client"), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  return { folder, files: await readdir(installed, { recursive: true }) };
}

/** As a project that is strict; throws with what the compiler says. */
export async function checkTypes(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules/@types"), { recursive: true });
  await symlink(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  const compilerOptions = {
    strict: true,
    module: "nodenext",
    target: "es2023",
    types: ["node"],
    noEmit: true,
    skipLibCheck: false,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  await runCommand(process.execPath, [compiler, "--project", folder], { timeoutMs });
}
