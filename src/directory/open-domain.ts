/**
 * Puts one domain together from its settings and what all domains of a directory share.
 *
 * @module
 */

import type { MonotonicClock } from "../login/deadline.ts";
import type { PasswordStatus } from "../login/password-state.ts";
import { accountAttributes } from "./accounts/account.ts";
import { createBinder } from "./accounts/permitted-bind.ts";
import { createSuspicionCheck } from "./accounts/suspicion.ts";
import { parseControllerUrl } from "./controllers/controller-address.ts";
import { Controller } from "./controllers/controller.ts";
import { Controllers } from "./controllers/controllers.ts";
import { ServiceAccounts } from "./controllers/service-accounts.ts";
import { defaultLimits } from "./directory-options.ts";
import type {
  DirectoryEvent,
  DirectoryLimits,
  DirectoryOptions,
  DomainOptions,
} from "./directory-options.ts";
import { Domain } from "./domain.ts";
import { createGroupFilter } from "./groups/group-filter.ts";
import type { GroupFilter } from "./groups/group-filter.ts";
import { createGroupReader } from "./groups/groups.ts";
import { dnsDomainOf, parseDistinguishedName } from "./ldap/distinguished-name.ts";
import type { ControllerAddress } from "./ldap/secure-socket.ts";
import { TlsTrust } from "./ldap/tls-trust.ts";
import { presets } from "./preset.ts";
import { ProfileMapping } from "./profile/profile.ts";
import type { Preset } from "./preset.ts";

/** What every domain of a directory shares. */
export interface CommonParts {
  readonly options: Pick<DirectoryOptions, "startTls" | "tlsName" | "order">;
  readonly preset: Preset;
  readonly profile: ProfileMapping;
  readonly trust: TlsTrust;
  readonly serviceAccounts: ServiceAccounts;
  readonly limits: DirectoryLimits;
  readonly isGroupTold: GroupFilter;
  readonly accept: ReadonlySet<PasswordStatus>;
  readonly now: MonotonicClock;
  readonly wallClock: () => number;
  readonly observe: (event: DirectoryEvent) => void;
}

/** @throws {Error} for settings that can never work. */
export function commonParts(options: DirectoryOptions): CommonParts {
  const named = presets[options.preset];
  const limits = { ...defaultLimits, ...options.limits };
  const now = options.now ?? (() => performance.now());
  const observe = options.observe ?? (() => undefined);
  return {
    options,
    preset: { ...named, names: { ...named.names, ...options.names } },
    profile: new ProfileMapping(options.profile ?? named.profile, (field, why) =>
      observe({ kind: "profile_unfit", field, why }),
    ),
    trust: new TlsTrust(options),
    serviceAccounts: new ServiceAccounts({
      timeoutMs: limits.searchTimeoutMs,
      now,
      observe: (login) => observe({ kind: "service_account", ...login }),
    }),
    limits,
    isGroupTold: createGroupFilter(options.groups ?? {}),
    accept: options.accept ?? new Set(),
    now,
    wallClock: options.wallClock ?? Date.now,
    observe,
  };
}

/** Starts to look for controllers that answer. @throws {Error} for settings that can never work. */
export function openDomain(options: DomainOptions, common: CommonParts): Domain {
  const { preset, limits, now, wallClock, observe, accept } = common;
  const { baseDn } = options;
  const controllers = openControllers(options, options.serviceAccount, common);
  const dnsName = dnsDomainOf(parseDistinguishedName(baseDn) ?? []).toLowerCase();
  const netbiosName = options.domain?.toLowerCase();
  // MS-ADTS 5.1.1.1.1: a principal name may also be made of the own name and the domain's, in either of its forms.
  const ownSuffixes = netbiosName === undefined ? [dnsName] : [dnsName, netbiosName];
  const { hasImplicitPrincipals } = preset;
  return new Domain({
    baseDn,
    controllers,
    naming: { preset, implicitSuffixes: new Set(hasImplicitPrincipals ? ownSuffixes : []) },
    downLevelNames: new Set(netbiosName === undefined ? [] : ownSuffixes),
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

/** @throws {Error} for settings that can never work; never because a controller is down. */
export function openControllers(
  { controllers: urls, referrals = [] }: Pick<DomainOptions, "controllers" | "referrals">,
  account: DomainOptions["serviceAccount"],
  common: CommonParts,
): Controllers {
  const { limits, now, observe, trust } = common;
  const serviceAccount = common.serviceAccounts.of(account);
  const parse = (url: string): ControllerAddress => parseControllerUrl(url, common.options, trust);
  const listed = urls.map(parse);
  const referred = referrals.map(parse);
  if (new Set([...listed, ...referred].map(({ name }) => name)).size < listed.length + referred.length) {
    throw new Error("a controller is named twice");
  }
  const own = common.options.order === "balanced" ? shuffled(listed) : listed;
  const { hasPasswordPolicyControl } = common.preset;
  return new Controllers((onStateChange) => {
    const shared = { hasPasswordPolicyControl, serviceAccount, limits, now, observe, onStateChange };
    const start = (address: ControllerAddress): Controller => new Controller({ address, ...shared });
    return { own: own.map(start), referred: referred.map(start) };
  });
}

/** Each replica has an order of its own, and keeps it: that shares the logins out, and each replica knows where its next one goes. */
function shuffled<T>(all: readonly T[]): readonly T[] {
  const drawn = all.map((one) => ({ one, lot: Math.random() }));
  return drawn.toSorted((a, b) => a.lot - b.lot).map(({ one }) => one);
}
