/**
 * What all domains of a directory share, made once from the settings.
 *
 * @module
 */

import type { LookupFunction } from "node:net";
import type { MonotonicClock } from "../login/deadline.ts";
import type { PasswordStatus } from "../login/password-state.ts";
import { ServiceAccounts } from "./controllers/service-accounts.ts";
import { defaultLimits } from "./directory-options.ts";
import type { DirectoryEvent, DirectoryLimits, DirectoryOptions } from "./directory-options.ts";
import { createGroupFilter } from "./groups/group-filter.ts";
import type { GroupFilter } from "./groups/group-filter.ts";
import { rememberedLookup, systemAddresses } from "./ldap/remembered-lookup.ts";
import { TlsTrust } from "./ldap/tls-trust.ts";
import { presets } from "./preset.ts";
import type { Preset } from "./preset.ts";
import { ProfileMapping } from "./profile/profile.ts";

/** What every domain of a directory shares. */
export interface CommonParts {
  readonly options: Pick<DirectoryOptions, "startTls" | "tlsName" | "order">;
  readonly preset: Preset;
  readonly profile: ProfileMapping;
  readonly trust: TlsTrust;
  /** By the system's resolver. */
  readonly lookup: LookupFunction;
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
    preset: {
      ...named,
      names: { ...named.names, ...options.names },
      ...(options.lockoutPolicy === undefined ? {} : { lockoutPolicy: options.lockoutPolicy }),
    },
    profile: new ProfileMapping(options.profile ?? named.profile, (field, why) =>
      observe({ kind: "profile_unfit", field, why }),
    ),
    trust: new TlsTrust(options),
    lookup: rememberedLookup(systemAddresses),
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
