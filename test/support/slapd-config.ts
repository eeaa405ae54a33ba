/**
 * The configuration of the test OpenLDAP server.
 *
 * @see slapd.conf(5), slapo-ppolicy(5), slapo-memberof(5)
 * @module
 */

import type { ServerCertificate } from "./pki.ts";

export const suffix = "dc=example,dc=test";

export const slapdTree = {
  people: `ou=people,${suffix}`,
  groups: `ou=groups,${suffix}`,
  policies: `ou=policies,${suffix}`,
  policy: `cn=default,ou=policies,${suffix}`,
} as const;

/** The database's own root, whom no access rule or policy binds. */
export const administrator = { name: `cn=admin,${suffix}`, password: "Keeper-of-the-Keys-1" } as const;

/** Room for 100,000 people; the file is as large as what is in it. */
const databaseBytesMax = 1_073_741_824;

export interface SlapdSettings {
  readonly folder: string;
  readonly tls: ServerCertificate & { readonly caFile: string };
  /** Entries that one search may yield, all its pages together. */
  readonly listedMax: number | undefined;
  /** Only who shows a certificate of the authority is talked to. */
  readonly demandsCertificate: boolean;
  /** Its monitor counts operations; not unless told. */
  readonly isCounting?: boolean;
  /** Attributes that nobody but the root may read. */
  readonly hidden: readonly string[];
}

export function slapdConfig(settings: SlapdSettings): string {
  const { folder, tls, listedMax, demandsCertificate, isCounting, hidden } = settings;
  return `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload memberof
TLSCACertificateFile ${tls.caFile}
TLSCertificateFile ${tls.certificateFile}
TLSCertificateKeyFile ${tls.keyFile}
TLSVerifyClient ${demandsCertificate ? "demand" : "never"}
# A simple bind in clear is refused, as a careful operator would have it.
security simple_bind=128
threads 4
# One answer holds 500 entries at most, as slapd has it by default; what comes in pages may be more.
sizelimit size.soft=500 size.hard=500 size.prtotal=${listedMax ?? "unlimited"}
access to attrs=userPassword by self =xw by anonymous auth by * none
${hidden.length === 0 ? "" : `access to attrs=${hidden.join(",")} by * none`}
access to * by users read by * none
${isCounting === true ? "\ndatabase monitor\n" : ""}
database mdb
maxsize ${databaseBytesMax}
suffix "${suffix}"
rootdn "${administrator.name}"
rootpw ${administrator.password}
directory ${folder}/database
dbnosync
index objectClass,uid,mail,member,uniqueMember,memberUid,gidNumber eq

overlay memberof
memberof-group-oc groupOfNames
memberof-member-ad member
memberof-memberof-ad memberOf

overlay ppolicy
ppolicy_default "${slapdTree.policy}"
# Without this a locked account looks like a wrong password, even in the policy control.
ppolicy_use_lockout
`;
}
