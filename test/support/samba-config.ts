/**
 * The configuration of a Samba domain controller that lives in one folder and on one loopback address.
 *
 * @see smb.conf(5)
 * @module
 */

import type { ServerCertificate } from "./pki.ts";

export const domain = {
  realm: "EXAMPLE.TEST",
  netbiosName: "EXAMPLE",
  baseDn: "DC=example,DC=test",
  peopleDn: "OU=People,DC=example,DC=test",
  groupsDn: "OU=Groups,DC=example,DC=test",
  administrator: { name: "Administrator@example.test", password: "Keeper-of-the-Keys-1" },
} as const;

/** The controller's own name in every copy of the domain; clients know it by its address only. */
export const controllerName = "dc1";

/** Enough for provisioning, which must be told the role in a file of its own: it would take the machine's otherwise. */
export const provisioningConfig = `[global]
  server role = active directory domain controller
  realm = ${domain.realm}
  workgroup = ${domain.netbiosName}
  netbios name = ${controllerName}
`;

export function runningConfig(
  folder: string,
  address: string,
  tls: ServerCertificate & { readonly caFile: string },
): string {
  return `${provisioningConfig}
  server services = ldap
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
  path = ${folder}/state/sysvol/example.test/scripts
`;
}
