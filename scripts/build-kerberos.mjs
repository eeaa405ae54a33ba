/**
 * Builds the native part of the npm package `kerberos`, without which a connector checks no tickets: `node scripts/run.mjs
 * scripts/build-kerberos.mjs`.
 *
 * Its own install script would download a binary; install scripts are off here. It needs a C++ compiler and the headers of libkrb5
 * (Debian: g++, libkrb5-dev). The headers of Node lie beside the Node that runs this. What is built uses the stable Node-API, so it
 * serves every Node from 20 on; it finds libkrb5 itself when it is loaded (Debian: libgssapi-krb5-2).
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const kerberos = folderOf("kerberos");
const built = join(kerberos, "build", "Release", "kerberos.node");

if (!existsSync(built)) build();

function build() {
  const headers = join(dirname(process.execPath), "..", "include", "node");
  if (!existsSync(join(headers, "node_api.h"))) fail(`the headers of Node are not in ${headers}`);
  const sources = [join(kerberos, "src", "kerberos.cc"), ...sourcesIn(join(kerberos, "src", "unix"))];
  mkdirSync(dirname(built), { recursive: true });
  const unfinished = `${built}.${process.pid}`;
  const compiled = spawnSync(
    "g++",
    [
      "-std=c++17",
      "-O2",
      "-fPIC",
      "-shared",
      "-fvisibility=hidden",
      "-fstack-protector-strong",
      "-D_FORTIFY_SOURCE=2",
      "-DKERBEROS_USE_RTLD=1",
      "-DNODE_GYP_MODULE_NAME=kerberos",
      "-DNAPI_VERSION=9",
      ...[headers, folderOf("node-addon-api")].flatMap((folder) => ["-I", folder]),
      ...sources,
      "-ldl",
      "-Wl,-z,relro,-z,now",
      "-o",
      unfinished,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (compiled.error !== undefined || compiled.status !== 0) {
    fail(
      "the compiler failed; it needs a C++ compiler and the headers of libkrb5 (Debian: g++, libkrb5-dev)",
    );
  }
  // Whoever builds at the same time gets a whole file too.
  renameSync(unfinished, built);
}

function folderOf(name) {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return fail(`the npm package ${name} is not installed; it is an optional dependency`);
  }
}

function sourcesIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".cc"))
    .map((name) => join(folder, name));
}

function fail(why) {
  console.error(`kerberos was not built: ${why}`);
  process.exit(1);
}
