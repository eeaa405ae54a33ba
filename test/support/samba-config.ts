/**
 * The configuration of a Samba domain controller that lives in one folder and on one loopback address.
 *
 * @see smb.conf(5)
 * @module
 */

import { everybody, groups, subsidiaryPeople } from "./people.ts";
import type { GroupOfPeople, Person } from "./people.ts";
import type { ServerCertificate } from "./pki.ts";

export interface SambaDomain {
  /** In lower case. */
  readonly dnsName: string;
  readonly netbiosName: string;
  readonly baseDn: string;
  readonly peopleDn: string;
  readonly groupsDn: string;
  readonly administrator: { readonly name: string; readonly password: string };
  readonly people: readonly Person[];
  readonly groups: readonly GroupOfPeople[];
}

export const example = sambaDomain("example.test", "EXAMPLE", everybody, groups);
/** A second one, with nothing in common but somebody of the same name. */
export const subsidiary = sambaDomain("subsidiary.test", "SUBSIDIARY", subsidiaryPeople, []);

function sambaDomain(
  dnsName: string,
  netbiosName: string,
  who: readonly Person[],
  groupsOfThem: readonly GroupOfPeople[],
): SambaDomain {
  const baseDn = dnsName
    .split(".")
    .map((label) => `DC=${label}`)
    .join(",");
  return {
    dnsName,
    netbiosName,
    baseDn,
    peopleDn: `OU=People,${baseDn}`,
    groupsDn: `OU=Groups,${baseDn}`,
    administrator: { name: `Administrator@${dnsName}`, password: "Keeper-of-the-Keys-1" },
    people: who,
    groups: groupsOfThem,
  };
}

/** The controller's own name in every copy of the domain. */
export const firstController = "dc1";

/** Enough for provisioning, which must be told the role in a file of its own: it would take the machine's otherwise. */
export function provisioningConfig({ dnsName, netbiosName }: SambaDomain, name = firstController): string {
  return `[global]
  server role = active directory domain controller
  realm = ${dnsName.toUpperCase()}
  workgroup = ${netbiosName}
  netbios name = ${name}
`;
}

export interface RunningSettings {
  readonly folder: string;
  readonly address: string;
  readonly tls: ServerCertificate & { readonly caFile: string };
  /** Its own name. */
  readonly name: string;
  /** `ldap` alone is enough for logins; a domain that others join and look up needs all. */
  readonly services: "ldap" | "all";
}

export function runningConfig(
  domain: SambaDomain,
  { folder, address, tls, name, services }: RunningSettings,
): string {
  return `${provisioningConfig(domain, name)}
  server services = ${services === "all" ? "ldap cldap kdc dns rpc" : "ldap"}
  interfaces = ${address}/8
  bind interfaces only = yes
  disable netbios = yes
  private dir = ${folder}/private
  state directory = ${folder}/state
  cache directory = ${folder}/cache
  lock directory = ${folder}
  binddns dir = ${folder}/bind-dns
  pid directory = ${folder}/run
  ncalrpc dir = ${folder}/run/ncalrpc
  winbindd socket directory = ${folder}/run/winbindd
  ntp signd socket directory = ${folder}/run/ntp_signd
  log file = ${folder}/%m.log
  ldap server require strong auth = yes
  # Samba accepts the previous password for an hour unless told otherwise.
  old password allowed period = 0
  # The databases are throw-away copies: no reason to wait for a disk.
  ldb:nosync = yes
  tls certfile = ${tls.certificateFile}
  tls keyfile = ${tls.keyFile}
  tls cafile = ${tls.caFile}
[sysvol]
  path = ${folder}/state/sysvol
[netlogon]
  path = ${folder}/state/sysvol/${domain.dnsName}/scripts
`;
}
