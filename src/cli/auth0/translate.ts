/**
 * An Auth0 AD/LDAP connector's settings as ours.
 *
 * Nothing is guessed about who may log in: what the old settings demanded of people and ours cannot say is told as a loss, loudly.
 *
 * @module
 */

import { isConnectionName } from "../../login/attempt.ts";
import type { OldSettings } from "./old-settings.ts";
import { readFilter } from "./read-filter.ts";
import type { ReadFilter } from "./read-filter.ts";
import { withoutEquivalent } from "./settings-without-equivalent.ts";
import type { WrittenProfile } from "./translate-profile.ts";

export interface Surroundings {
  readonly nats: readonly string[];
  /** Where `drawbridge keys` wrote its files. */
  readonly keysFolder: string;
  readonly passwordFile: string;
  readonly caFile: string | undefined;
  readonly profile: WrittenProfile;
}

export interface Translation {
  readonly connection: string;
  /** As it is written to the file. */
  readonly settings: object;
  readonly takenOver: readonly { readonly from: string; readonly to: string }[];
  readonly left: readonly { readonly from: string; readonly why: string }[];
  /** Who can log in changes with it. */
  readonly warnings: readonly string[];
}

/** What a step adds to `directory`; what it says of settings goes to the {@link Ledger}. */
type Part = Readonly<Record<string, unknown>>;

const bindsByDefault = 16;
const bindsMost = 256;
const groupsSecondsMost = 30;
const namesMost = 8;

export function translate(old: OldSettings, around: Surroundings): Translation {
  const ledger = new Ledger(old);
  const filter = readFilter(old.text("LDAP_USER_BY_NAME") ?? "(sAMAccountName={0})");
  const isActiveDirectory = !filter.attributes.some((one) => one.toLowerCase() === "uid");
  const directory = {
    preset: isActiveDirectory ? "active-directory" : "openldap",
    ...whereabouts(old, around, ledger),
    ...names(old, filter, ledger),
    ...groups(old, isActiveDirectory, ledger),
    ...passwords(old, ledger),
    ...binds(old, ledger),
    profile: around.profile,
  };
  for (const key of ["PROFILE_MAPPER", "PROFILE_MAPPER_FILE"]) ledger.took(key, "directory.profile");
  const connection = connectionNameOf(old.text("CONNECTION"));
  ledger.took("CONNECTION", `connector.connections.${connection}`);
  ledger.leaveTheRest();
  const { nats: servers, keysFolder } = around;
  const one = {
    identityKeyFile: `${keysFolder}/${connection}.connector.key`,
    gatewayKeyFiles: [`${keysFolder}/gateway.pub`],
    directory,
  };
  return {
    connection,
    takenOver: ledger.takenOver,
    left: ledger.left,
    warnings: ledger.warnings,
    settings: {
      nats: { servers, nkeyFile: `${keysFolder}/nats-connector.nk` },
      connector: { connections: { [connection]: one } },
    },
  };
}

/** What became of each of the old settings. */
class Ledger {
  readonly takenOver: { from: string; to: string }[] = [];
  readonly left: { from: string; why: string }[] = [];
  readonly warnings: string[] = [];
  readonly #old: OldSettings;

  constructor(old: OldSettings) {
    this.#old = old;
  }

  /** Of a setting that was there; of another one nothing is said. */
  took(from: string, to: string): void {
    if (this.#old.has(from)) this.takenOver.push({ from, to });
  }

  leave(from: string, why: string): void {
    if (this.#old.has(from)) this.left.push({ from, why });
  }

  warn(sentence: string): void {
    this.warnings.push(sentence);
  }

  leaveTheRest(): void {
    const told = new Set([...this.takenOver, ...this.left].map(({ from }) => from));
    // The old connector kept the tenant's addresses under the realm's own name.
    const realm = this.#old.text("REALM");
    for (const from of this.#old.keys) {
      if (told.has(from)) continue;
      const ofRealm = "The cloud's addresses for its tokens; there are none of these here.";
      this.left.push({ from, why: withoutEquivalent[from] ?? (from === realm ? ofRealm : unknown) });
    }
  }
}

const unknown = "Not a setting of Auth0's connector that is known here.";

function whereabouts(old: OldSettings, around: Surroundings, ledger: Ledger): Part {
  const url = old.text("LDAP_URL") ?? "ldaps://directory.example.com";
  const startTls = url.startsWith("ldap://");
  if (startTls) {
    ledger.warn(
      "LDAP_URL is not encrypted. StartTLS is used on it; a controller that refuses StartTLS is not used at all.",
    );
  }
  ledger.took("LDAP_URL", "directory.controllers");
  ledger.took("LDAP_BASE", "directory.baseDn");
  ledger.took("LDAP_BIND_USER", "directory.serviceAccount.name");
  ledger.took("LDAP_BIND_PASSWORD", `the file ${around.passwordFile}`);
  for (const key of ["SSL_CA_PATH", "SSL_CA_FILE"]) {
    if (around.caFile !== undefined) ledger.took(key, "directory.caFile");
    else ledger.leave(key, "No certificate was found there. Name the authority's file in directory.caFile.");
  }
  return {
    controllers: [url.replace(/\/$/, "")],
    ...(startTls ? { startTls } : {}),
    ...(around.caFile === undefined ? {} : { caFile: around.caFile }),
    baseDn: baseOf(old),
    serviceAccount: { name: old.text("LDAP_BIND_USER") ?? "", passwordFile: around.passwordFile },
  };
}

function names(old: OldSettings, { attributes, conditions }: ReadFilter, ledger: Ledger): Part {
  for (const condition of conditions) {
    ledger.warn(
      `LDAP_USER_BY_NAME lets in only people who match ${condition}. That is NOT taken over: everybody below baseDn can log in. ` +
        "Narrow baseDn, or let the application decide by groups.",
    );
  }
  if (!old.has("LDAP_USER_BY_NAME")) return {};
  if (attributes.length === 0) {
    ledger.leave(
      "LDAP_USER_BY_NAME",
      "Nothing in it is compared with {0}; names are compared as the preset does.",
    );
    return {};
  }
  const [only = "", another] = attributes;
  const isDefault = another === undefined && /^(sAMAccountName|uid)$/i.test(only);
  ledger.took("LDAP_USER_BY_NAME", isDefault ? "directory.preset" : "directory.names");
  // The old filter did not mind whether there was an @ in the name.
  const all = attributes.slice(0, namesMost);
  return isDefault ? {} : { names: { plain: all, principal: all } };
}

function groups(old: OldSettings, isActiveDirectory: boolean, ledger: Ledger): Part {
  const below = old.text("LDAP_BASE_GROUPS");
  const seconds = old.number("GROUPS_TIMEOUT_SECONDS");
  ledger.took("LDAP_BASE_GROUPS", "directory.groups.below");
  ledger.took("GROUPS", "directory.groups.max");
  ledger.took("GROUPS_TIMEOUT_SECONDS", "directory.groups.timeout");
  ledger.leave(
    "GROUP_PROPERTY",
    `A group's name is its ${isActiveDirectory ? "sAMAccountName" : "cn"}; its distinguished name and SID are told beside it.`,
  );
  const part = {
    ...(below === undefined || isBelow(baseOf(old), below) ? {} : { below: [below] }),
    ...(old.flag("GROUPS") === false ? { max: 0 } : {}),
    ...(seconds === undefined
      ? {}
      : { timeout: `${Math.min(groupsSecondsMost, Math.max(1, Math.round(seconds)))}s` }),
  };
  return Object.keys(part).length === 0 ? {} : { groups: part };
}

function passwords(old: OldSettings, ledger: Ledger): Part {
  ledger.took("ALLOW_PASSWORD_EXPIRED", "directory.passwords.acceptExpired");
  ledger.took("ALLOW_PASSWORD_CHANGE_REQUIRED", "directory.passwords.acceptMustChange");
  ledger.took("ENABLE_WRITE_BACK", "directory.operations");
  const accepted = {
    ...(old.flag("ALLOW_PASSWORD_EXPIRED") === true ? { acceptExpired: true } : {}),
    ...(old.flag("ALLOW_PASSWORD_CHANGE_REQUIRED") === true ? { acceptMustChange: true } : {}),
  };
  const writes = old.flag("ENABLE_WRITE_BACK") === true ? ["password.change", "password.reset"] : [];
  return {
    ...(Object.keys(accepted).length === 0 ? {} : { passwords: accepted }),
    ...(old.has("ENABLE_WRITE_BACK") ? { operations: ["users.search", "groups.list", ...writes] } : {}),
  };
}

function binds(old: OldSettings, ledger: Ledger): Part {
  const count = old.number("LDAP_NUMBER_OF_PARALLEL_BINDS") ?? 0;
  ledger.took(
    "LDAP_NUMBER_OF_PARALLEL_BINDS",
    `directory.bindConnectionsMax (${bindsByDefault} unless it was more)`,
  );
  return count > bindsByDefault ? { bindConnectionsMax: Math.min(bindsMost, Math.round(count)) } : {};
}

function baseOf(old: OldSettings): string {
  return old.text("LDAP_BASE") ?? "DC=example,DC=com";
}

/** Whether everything below `base` is below `other` too. */
function isBelow(base: string, other: string): boolean {
  const [one = "", two = ""] = [base, other].map((dn) => dn.toLowerCase().replaceAll(/\s*,\s*/g, ","));
  return one === two || one.endsWith(`,${two}`);
}

function connectionNameOf(name = ""): string {
  const made = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);
  return isConnectionName(made) ? made : "corp";
}
