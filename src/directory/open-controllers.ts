/**
 * Starts the controllers of one place in the settings: those that are listed, or those that DNS names.
 *
 * @module
 */

import type { CommonParts } from "./common-parts.ts";
import { parseControllerUrl } from "./controllers/controller-address.ts";
import { Controller } from "./controllers/controller.ts";
import { Controllers } from "./controllers/controllers.ts";
import type { ControllersPlace, DomainOptions } from "./directory-options.ts";
import { Discovery, parseNameServer } from "./discovery/discovery.ts";
import type { DiscoveredController, DiscoveryOptions } from "./discovery/discovery.ts";
import { addressesBy } from "./discovery/host-addresses.ts";
import { rememberedLookup } from "./ldap/remembered-lookup.ts";
import type { ControllerAddress } from "./ldap/secure-socket.ts";

/**
 * @param dnsName  Asked about where the discovery has no domain of its own.
 * @throws {Error} for settings that can never work; never because a controller is down.
 */
export function openControllers(
  { controllers: urls, referrals = [], discovery }: ControllersPlace,
  service: DiscoveryOptions["service"],
  account: DomainOptions["serviceAccount"],
  dnsName: string,
  common: CommonParts,
): Controllers {
  const { limits, now, observe, options } = common;
  const serviceAccount = common.serviceAccounts.of(account);
  const parse = (url: string): ControllerAddress => parseControllerUrl(url, options, common);
  const [listed, referred] = [urls.map(parse), referrals.map(parse)];
  if (new Set([...listed, ...referred].map(({ name }) => name)).size < listed.length + referred.length) {
    throw new Error("a controller is named twice");
  }
  const { hasPasswordPolicyControl } = common.preset;
  const controllers = new Controllers({
    own: options.order === "balanced" ? shuffled(listed) : listed,
    referred,
    start: (address, onStateChange) =>
      new Controller({
        address,
        hasPasswordPolicyControl,
        serviceAccount,
        limits,
        now,
        observe,
        onStateChange,
      }),
  });
  if (discovery === undefined) {
    if (urls.length === 0) throw new Error("controllers are listed, or discovered");
    return controllers;
  }
  const domain = discovery.domain ?? dnsName;
  if (domain === "") throw new Error("discovery needs a domain, because baseDn does not end in DC=…");
  // DNS is not to be believed about names: a certificate has to be valid for the very host that it names.
  const { startTls = false } = options;
  const { nameServers } = discovery;
  const lookup =
    nameServers === undefined
      ? common.lookup
      : rememberedLookup(addressesBy(nameServers.map(parseNameServer)));
  const addressOf = (found: DiscoveredController): ControllerAddress =>
    parseControllerUrl(ldapUrlOf(found, startTls), { startTls }, { trust: common.trust, lookup });
  controllers.use(
    new Discovery(
      {
        ...discovery,
        domain,
        service,
        now,
        observe: (found) => observe({ kind: "discovery", domain, ...found }),
      },
      (found) => controllers.replace(found.map(addressOf)),
    ),
  );
  return controllers;
}

/** DNS has the ports for LDAP without TLS; those for LDAPS are known. @see MS-ADTS 3.1.1.3.1.10 */
const ldapsPorts: ReadonlyMap<number, number> = new Map([
  [389, 636],
  [3268, 3269],
]);

export function ldapUrlOf({ host, port }: DiscoveredController, startTls: boolean): string {
  return startTls ? `ldap://${host}:${port}` : `ldaps://${host}:${ldapsPorts.get(port) ?? port}`;
}

/** Each replica has an order of its own, and keeps it: that shares the logins out, and each replica knows where its next one goes. */
function shuffled<T>(all: readonly T[]): readonly T[] {
  const drawn = all.map((one) => ({ one, lot: Math.random() }));
  return drawn.toSorted((a, b) => a.lot - b.lot).map(({ one }) => one);
}
