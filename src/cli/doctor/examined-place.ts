/**
 * One place in the settings where controllers are (a domain, or the global catalog), as the checks go through it.
 *
 * @module
 */

import type { LookupFunction } from "node:net";
import type { DirectoryConfig } from "../../config/directory-schema.ts";
import { parseControllerUrl } from "../../directory/controllers/controller-address.ts";
import { parseNameServer } from "../../directory/discovery/discovery.ts";
import { addressesBy } from "../../directory/discovery/host-addresses.ts";
import { dnsDomainOf, parseDistinguishedName } from "../../directory/ldap/distinguished-name.ts";
import type { LdapConnection } from "../../directory/ldap/ldap-connection.ts";
import { rememberedLookup, systemAddresses } from "../../directory/ldap/remembered-lookup.ts";
import type { ControllerAddress } from "../../directory/ldap/secure-socket.ts";
import type { TlsTrust } from "../../directory/ldap/tls-trust.ts";
import type { Secret } from "../../login/secret.ts";

export interface Place {
  /** `corp`, or `corp, domain subsidiary.test`. */
  readonly subject: string;
  readonly service: "ldap" | "global_catalog";
  readonly baseDn: string;
  /** Asked about in DNS. */
  readonly dnsName: string;
  readonly controllers: readonly string[];
  readonly discovery: DirectoryConfig["discovery"];
  readonly account: { readonly name: string; readonly password: Secret };
  readonly lookup: LookupFunction;
}

export interface ExaminedController {
  readonly address: ControllerAddress;
  /** Over a certificate that is believed. */
  isTrusted: boolean;
  /** On which the service account is logged in. */
  connection: LdapConnection | undefined;
}

/** Every place of a directory's settings. @param passwords  Of the first domain, then as `otherDomains` are. */
export function placesOf(
  connection: string,
  settings: DirectoryConfig,
  passwords: readonly [Secret, ...(Secret | undefined)[]],
): readonly Place[] {
  const [password, ...otherPasswords] = passwords;
  const account = { name: settings.serviceAccount.name, password };
  const domain = (
    one: Pick<DirectoryConfig, "baseDn" | "controllers" | "discovery">,
    subject: string,
    own: Place["account"],
  ): Place => ({
    subject,
    service: "ldap",
    baseDn: one.baseDn,
    account: own,
    ...whereabouts(one, one.baseDn),
  });
  const { globalCatalog } = settings;
  return [
    domain(settings, connection, account),
    ...settings.otherDomains.map((other, index) => {
      const own = otherPasswords[index];
      const name = other.serviceAccount?.name;
      return domain(
        other,
        `${connection}, domain ${index + 2}`,
        own === undefined || name === undefined ? account : { name, password: own },
      );
    }),
    ...(globalCatalog === undefined
      ? []
      : [
          {
            subject: `${connection}, global catalog`,
            service: "global_catalog" as const,
            baseDn: settings.baseDn,
            account,
            ...whereabouts(globalCatalog, settings.baseDn),
          },
        ]),
  ];
}

function whereabouts(
  { controllers, discovery }: Pick<DirectoryConfig, "controllers" | "discovery">,
  baseDn: string,
): Pick<Place, "controllers" | "discovery" | "dnsName" | "lookup"> {
  const servers = discovery?.nameServers?.map(parseNameServer);
  return {
    controllers,
    discovery,
    dnsName: discovery?.domain ?? dnsDomainOf(parseDistinguishedName(baseDn) ?? []).toLowerCase(),
    lookup: rememberedLookup(servers === undefined ? systemAddresses : addressesBy(servers)),
  };
}

/** @throws {Error} for what is no controller's URL. */
export function examinedController(
  url: string,
  settings: DirectoryConfig,
  trust: TlsTrust,
  lookup: LookupFunction,
): ExaminedController {
  const { startTls, tlsName } = settings;
  const options = { startTls, ...(tlsName === undefined ? {} : { tlsName }) };
  const address = parseControllerUrl(url, options, { trust, lookup });
  return { address, isTrusted: false, connection: undefined };
}
