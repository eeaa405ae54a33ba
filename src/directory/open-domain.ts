/**
 * Puts one domain together from its settings and what all domains of a directory share.
 *
 * @module
 */

import { accountAttributes } from "./accounts/account.ts";
import { createBinder } from "./accounts/permitted-bind.ts";
import { createSuspicionCheck } from "./accounts/suspicion.ts";
import type { CommonParts } from "./common-parts.ts";
import type { DomainOptions } from "./directory-options.ts";
import { Domain } from "./domain.ts";
import { createGroupReader } from "./groups/groups.ts";
import { dnsDomainOf, parseDistinguishedName } from "./ldap/distinguished-name.ts";
import { openControllers } from "./open-controllers.ts";

/** Starts to look for controllers that answer. @throws {Error} for settings that can never work. */
export function openDomain(options: DomainOptions, common: CommonParts): Domain {
  const { preset, limits, now, wallClock, observe, accept } = common;
  const { baseDn } = options;
  const dnsName = dnsDomainOf(parseDistinguishedName(baseDn) ?? []).toLowerCase();
  const controllers = openControllers(options, "ldap", options.serviceAccount, dnsName, common);
  const netbiosName = options.domain?.toLowerCase();
  // MS-ADTS 5.1.1.1.1: a principal name may also be made of the own name and the domain's, in either of its forms.
  const ownSuffixes = netbiosName === undefined ? [dnsName] : [dnsName, netbiosName];
  const { hasImplicitPrincipals } = preset;
  return new Domain({
    baseDn,
    controllers,
    naming: { preset, implicitSuffixes: new Set(hasImplicitPrincipals ? ownSuffixes : []) },
    downLevelNames: new Set(netbiosName === undefined ? [] : ownSuffixes),
    ownNames: new Set(ownSuffixes),
    suffixes: new Set([...ownSuffixes, ...(options.upnSuffixes ?? []).map((suffix) => suffix.toLowerCase())]),
    attributes: accountAttributes(preset, common.profile.attributes),
    checkSuspicion: createSuspicionCheck({ controllers, preset, settleMs: limits.settleMs, now }),
    bind: createBinder({ controllers, preset, limits, accept, now, wallClock, observe }),
    readGroups: createGroupReader(
      {
        controllers,
        preset,
        baseDn,
        groupsMax: limits.groupsMax,
        ageMaxMs: limits.groupAgeMaxMs,
        now,
      },
      limits.groupsTimeoutMs,
      common.isGroupTold,
    ),
  });
}
