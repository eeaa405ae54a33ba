/**
 * Whether the keytab fits the directory: tickets for its services are issued at all, and sealed with a key that it has.
 *
 * A key that has the right number and is wrong all the same shows only in a ticket.
 *
 * @see MS-ADA2 2.342 — msDS-KeyVersionNumber; MS-ADA3 2.253 — servicePrincipalName
 * @module
 */

import { equals } from "../../directory/ldap/filter.ts";
import type { LdapConnection } from "../../directory/ldap/ldap-connection.ts";
import type { Deadline } from "../../login/deadline.ts";
import { parseKeytab } from "../../verifiers/kerberos/keytab.ts";
import type { KeytabEntry } from "../../verifiers/kerberos/keytab.ts";
import { namingContexts } from "./check-base.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";

const servicesMax = 16;

/** @param connection  To a controller of the domain whose accounts have the services. */
export async function checkKeytab(
  subject: string,
  keytab: Uint8Array,
  connection: Pick<LdapConnection, "search">,
  deadline: Deadline,
): Promise<readonly Finding[]> {
  const parsed = parseKeytab(keytab);
  // What is wrong with the file itself, the configuration's check says.
  if (!parsed.ok) return [skipped("keytab", subject, "the keytab cannot be read")];
  const services = [...Map.groupBy(parsed.entries, ({ service }) => service)].slice(0, servicesMax);
  const [base = ""] = await namingContexts(connection, deadline);
  return Promise.all(
    services.map(([service, keys]) => checkService(subject, service, keys, base, connection, deadline)),
  );
}

async function checkService(
  subject: string,
  service: string,
  keys: readonly KeytabEntry[],
  base: string,
  connection: Pick<LdapConnection, "search">,
  deadline: Deadline,
): Promise<Finding> {
  const read = await connection.search(
    {
      base,
      scope: "sub",
      filter: equals("servicePrincipalName", service),
      attributes: ["msDS-KeyVersionNumber"],
      entriesMax: 2,
    },
    deadline,
  );
  if (read.kind === "failed")
    return skipped("keytab", subject, `the directory could not be asked about ${service}: ${read.why}`);
  const [account, another] = read.entries;
  if (account === undefined)
    return found(
      "keytab_service_unknown",
      "keytab",
      subject,
      `no account of the directory has the service ${service}`,
    );
  const details = { confidential: read.entries.map(({ distinguishedName }) => distinguishedName) };
  if (another !== undefined)
    return found(
      "keytab_service_ambiguous",
      "keytab",
      subject,
      `several accounts have the service ${service}`,
      details,
    );
  const versions = [...new Set(keys.map(({ keyVersion }) => keyVersion))]
    .toSorted((a, b) => a - b)
    .join(", ");
  const current = Number(account.text("msDS-KeyVersionNumber") ?? Number.NaN);
  if (Number.isNaN(current))
    return skipped(
      "keytab",
      subject,
      `the key's version of ${service} cannot be read; the keytab has ${versions}`,
    );
  if (!keys.some(({ keyVersion }) => keyVersion === current)) {
    const says = `the key of ${service} has version ${current} in the directory; the keytab has ${versions}`;
    return found("keytab_outdated", "keytab", subject, says, details);
  }
  return fine(
    "keytab",
    subject,
    `${service}: the keytab has the directory's key version ${current}`,
    details,
  );
}
