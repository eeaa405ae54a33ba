/**
 * Builds the native part of `kerberos` once for each installation of the packages.
 *
 * @module
 */

import { join } from "node:path";
import { ensurePackages } from "./packages.ts";
import { runCommand } from "./run-command.ts";

const script = join(import.meta.dirname, "../../scripts/build-kerberos.mjs");
const timeoutMs = 120_000;

/** A few milliseconds where it is built already. */
export async function ensureKerberosBuilt(): Promise<void> {
  await ensurePackages();
  await runCommand(process.execPath, [script], { timeoutMs });
}
