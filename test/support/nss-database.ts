/**
 * What a browser of Debian's trusts and owns: NSS' database in a home of its own.
 *
 * @module
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { IssuedCertificate } from "./certificate-authority.ts";
import { runCommand } from "./run-command.ts";

export interface NssOptions {
  /** `HOME` of the browser. */
  readonly home: string;
  /** PEM of whose servers are believed. */
  readonly serverCaFile: string;
  /** The person's own. */
  readonly certificate?: IssuedCertificate;
}

const timeoutMs = 30_000;
const password = "of-no-importance";

export async function createNssDatabase({ home, serverCaFile, certificate }: NssOptions): Promise<void> {
  const folder = join(home, ".pki", "nssdb");
  await mkdir(folder, { recursive: true });
  const database = ["-d", `sql:${folder}`];
  await runCommand("certutil", [...database, "-N", "--empty-password"], { timeoutMs });
  await runCommand("certutil", [...database, "-A", "-t", "C,,", "-n", "servers", "-i", serverCaFile], {
    timeoutMs,
  });
  if (certificate === undefined) return;
  const file = join(home, "person.p12");
  const { certificateFile, keyFile } = certificate;
  await runCommand(
    "openssl",
    [
      "pkcs12",
      "-export",
      "-in",
      certificateFile,
      "-inkey",
      keyFile,
      "-out",
      file,
      "-passout",
      `pass:${password}`,
      "-name",
      "person",
    ],
    { timeoutMs },
  );
  await runCommand("pk12util", [...database, "-i", file, "-W", password, "-K", ""], { timeoutMs });
}
