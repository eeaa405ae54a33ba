/**
 * Makes a second controller of a running domain the way an administrator does: it joins, and replicates everything from the first.
 *
 * The tool finds the domain by the machine's own files, so it gets a view of its own in which they say what is needed.
 *
 * @see samba-tool(8), mount_namespaces(7)
 * @module
 */

import { join } from "node:path";
import { runCommand } from "./run-command.ts";
import { firstController, provisioningConfig } from "./samba-config.ts";
import type { SambaDomain } from "./samba-config.ts";
import type { Scratch } from "./scratch.ts";

const timeoutMs = 60_000;

export interface Joining {
  readonly domain: SambaDomain;
  /** Of the controller that is there; it has to answer everything, DNS and Kerberos too. */
  readonly firstAddress: string;
  readonly name: string;
  readonly address: string;
}

/** Leaves the new controller's data in `private` and `state` of the scratch folder. */
export async function joinDomain(
  scratch: Scratch,
  { domain, firstAddress, name, address }: Joining,
): Promise<void> {
  const { dnsName } = domain;
  const realm = dnsName.toUpperCase();
  const first = `${firstController}.${dnsName}`;
  const resolv = await scratch.write("resolv.conf", `nameserver ${firstAddress}\nsearch ${dnsName}\n`);
  const hosts = await scratch.write(
    "hosts",
    `127.0.0.1 localhost\n${firstAddress} ${first}\n${address} ${name}.${dnsName} ${name}\n`,
  );
  const kerberos = await scratch.write(
    "krb5.conf",
    `[libdefaults]\n default_realm = ${realm}\n dns_lookup_kdc = false\n[realms]\n ${realm} = {\n  kdc = ${firstAddress}\n }\n`,
  );
  const config = await scratch.write("join.conf", provisioningConfig(domain, name));
  const script = 'mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"';
  const tool = [
    "samba-tool",
    "domain",
    "join",
    dnsName,
    "DC",
    `--server=${first}`,
    `--user=${domain.netbiosName}\\Administrator`,
    `--password=${domain.administrator.password}`,
    `--configfile=${config}`,
    `--targetdir=${scratch.folder}`,
    "--dns-backend=SAMBA_INTERNAL",
    `--option=interfaces=${address}/8`,
    "--option=bind interfaces only=yes",
    `--option=netbios name=${name}`,
  ];
  await runCommand("unshare", ["--mount", "bash", "-c", script, "bash", resolv, hosts, ...tool], {
    env: { KRB5_CONFIG: kerberos },
    timeoutMs,
  });
}

/** What a controller registers of itself when it runs on a machine of its own: its address, and its place among the others. */
export async function nameInDns(
  scratch: Scratch,
  { domain, firstAddress, name, address }: Joining,
): Promise<void> {
  const { dnsName, administrator } = domain;
  const config = join(scratch.folder, "smb.conf");
  const add = (zone: string, record: string, type: string, data: string): Promise<string> =>
    runCommand(
      "samba-tool",
      [
        "dns",
        "add",
        firstAddress,
        zone,
        record,
        type,
        data,
        "--user=Administrator",
        `--password=${administrator.password}`,
        "--use-kerberos=off",
        `--configfile=${config}`,
      ],
      { timeoutMs },
    );
  await add(dnsName, name, "A", address);
  if (name === firstController) return;
  const target = `${name}.${dnsName} 389 0 100`;
  await add(`_msdcs.${dnsName}`, "_ldap._tcp.dc", "SRV", target);
  await add(`_msdcs.${dnsName}`, "_ldap._tcp.Default-First-Site-Name._sites.dc", "SRV", target);
}
