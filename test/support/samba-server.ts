/**
 * Starts the Samba process itself, over a domain that already lies in a folder.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readValues, withLdap } from "./ldap-client.ts";
import type { LdapTarget } from "./ldap-client.ts";
import type { Authority } from "./pki.ts";
import type { SambaDomain } from "./samba-config.ts";
import { runningConfig } from "./samba-config.ts";
import { startServer } from "./server-process.ts";
import type { ServerProcess } from "./server-process.ts";

/** LDAP, LDAPS and the two global catalogue ports, which Samba opens on its address, and DNS, which it can. */
export const sambaPorts = [389, 636, 3268, 3269, 53] as const;

const readyTimeoutMs = 60_000;

export interface SambaServerOptions {
  /** Holds the domain (`private`, `state`) and receives what the server writes. */
  readonly folder: string;
  readonly address: string;
  readonly authority: Authority;
  readonly name: string;
  readonly services: "ldap" | "all";
}

export async function startSambaServer(
  domain: SambaDomain,
  { folder, address, authority, name, services }: SambaServerOptions,
): Promise<ServerProcess> {
  const certificate = await authority.issue(address, {
    dns: [`${name}.${domain.dnsName}`, domain.dnsName],
    ip: [address],
  });
  await Promise.all(
    ["run/ncalrpc", "run/winbindd", "cache"].map((place) => mkdir(join(folder, place), { recursive: true })),
  );
  const configFile = join(folder, "smb.conf");
  await writeFile(
    configFile,
    runningConfig(domain, {
      folder,
      address,
      tls: { ...certificate, caFile: authority.caFile },
      name,
      services,
    }),
  );
  const administrator = administratorOf(domain, address, authority);
  return startServer({
    name: "Samba",
    command: "samba",
    args: [
      "--interactive",
      "--model=single",
      "--no-process-group",
      "--debug-stdout",
      `--configfile=${configFile}`,
    ],
    ready: () =>
      withLdap(
        administrator,
        async (client) => (await readValues(client, domain.baseDn, "objectClass")).length > 0,
      ),
    readyTimeoutMs,
  });
}

export function administratorOf(domain: SambaDomain, address: string, authority: Authority): LdapTarget {
  return { url: `ldaps://${address}`, ca: authority.ca, ...domain.administrator };
}
