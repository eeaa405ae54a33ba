/**
 * A throw-away certification authority for servers on loopback addresses.
 *
 * @module
 */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";
import { daySeconds, shiftedClock } from "./shifted-clock.ts";

export interface ServerCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface Authority {
  /** PEM of the root certificate. */
  readonly ca: string;
  readonly caFile: string;
  /**
   * Fit for both ends of a connection: the nodes of a NATS cluster prove themselves to each other.
   * @param names  DNS names and IP addresses, all of them in the subjectAltName.
   */
  issue(
    name: string,
    names: { readonly dns: readonly string[]; readonly ip: readonly string[] },
    validity?: Validity,
  ): Promise<ServerCertificate>;
}

/** When something is valid: from so many days ago, for so many days. */
export interface Validity {
  readonly sinceDays: number;
  readonly days: number;
}

/** From yesterday on, so that a program whose clock is behind has no other trouble than that. */
const theseDays: Validity = { sinceDays: 1, days: 3 };
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
const configuration = `
[req]
distinguished_name = name
prompt = no
[name]
CN = Drawbridge test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = $ENV::SAN
`;

/** Writes everything, private keys too, into `folder`; whoever owns the folder removes it. */
export async function createAuthority(folder: string, validity = theseDays): Promise<Authority> {
  const caFile = join(folder, "ca.pem");
  const caKeyFile = join(folder, "ca.key");
  const configFile = join(folder, "pki.cnf");
  await writeFile(configFile, configuration);
  const request = (args: readonly string[], san: string, { sinceDays, days }: Validity): Promise<string> =>
    runCommand(
      "openssl",
      ["req", "-x509", "-config", configFile, "-days", String(days), ...newKey, ...args],
      { env: { SAN: san, ...shiftedClock(-sinceDays * daySeconds) }, timeoutMs: 60_000 },
    );

  const authority = ["-extensions", "authority", "-keyout", caKeyFile, "-out", caFile];
  await request(authority, "DNS:unused", validity);
  return {
    ca: await readFile(caFile, "utf8"),
    caFile,
    async issue(name, { dns, ip }, issued = theseDays) {
      const certificateFile = join(folder, `${name}.pem`);
      const keyFile = join(folder, `${name}.key`);
      const san = [...dns.map((entry) => `DNS:${entry}`), ...ip.map((entry) => `IP:${entry}`)].join(",");
      await request(
        ["-extensions", "server", "-CA", caFile, "-CAkey", caKeyFile, "-subj", `/CN=${name}`].concat([
          "-keyout",
          keyFile,
          "-out",
          certificateFile,
        ]),
        san,
        issued,
      );
      return { certificateFile, keyFile };
    },
  };
}
