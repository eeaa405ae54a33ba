/**
 * Tells how near an account is to being locked, and does as much for a name that nobody has.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { AccountName } from "../../login/account-name.ts";
import type { Deadline } from "../../login/deadline.ts";
import type { OperatorEnd } from "../../login/ports.ts";
import { foldedName } from "../../login/standing.ts";
import type { AccountLookup, LockoutPolicy, Standing } from "../../login/standing.ts";
import { FoundAccount } from "../accounts/account.ts";
import {
  carefulPolicy,
  failuresOf,
  lockoutAttributes,
  policyOf,
  standingAttributes,
} from "../accounts/lockout.ts";
import type { PolicyAttributes } from "../accounts/lockout.ts";
import { passwordTimeOf } from "../accounts/failure-marker.ts";
import type { Domain } from "../domain.ts";
import type { Find } from "../global-catalog.ts";
import { domainRootOf } from "../ldap/distinguished-name.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { present } from "../ldap/filter.ts";
import type { Preset } from "../preset.ts";
import { subjectOf } from "../profile/identity.ts";

export interface StandingDeps {
  readonly domains: readonly Domain[];
  readonly findAccount: Find;
  readonly preset: Preset;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

export async function findStanding(
  deps: StandingDeps,
  { accountName }: AccountLookup,
  deadline: Deadline,
): Promise<OperatorEnd> {
  const found = await deps.findAccount(accountName, deadline);
  if (found.kind === "unavailable") return { outcome: "returned", why: found.fault };
  const account = found.kind === "found" && found.account instanceof FoundAccount ? found.account : undefined;
  const domain = deps.domains.find(({ parts }) => parts.baseDn === account?.baseDn) ?? deps.domains[0];
  if (domain === undefined) return { outcome: "unavailable", fault: "internal_error" };
  const standing = await standingOf(deps, domain, account, accountName, deadline);
  if (standing === undefined) return { outcome: "returned", why: "directory_unreachable" };
  return { outcome: "done", result: { kind: "standing", standing } };
}

/** Undefined where one of the answers did not come: half of them would tell of a larger budget. */
async function standingOf(
  { preset, wallClock }: StandingDeps,
  domain: Domain,
  account: FoundAccount | undefined,
  name: AccountName,
  deadline: Deadline,
): Promise<Standing | undefined> {
  const read = (base: string, attributes: readonly string[]): Promise<Reading> =>
    readEntry(domain, account, base, attributes, deadline);
  // For a name that nobody has, something is read all the same.
  const entry = await read(account?.distinguishedName ?? domain.parts.baseDn, standingAttributes(preset));
  if (entry === "failed") return undefined;
  const lockout = await lockoutOf(entry === "hidden" ? undefined : entry, preset, domain, read);
  if (lockout === "failed") return undefined;
  const subject = account && (subjectOf(account.entry, preset) ?? account.distinguishedName.toLowerCase());
  const isKnown = account !== undefined && entry !== "hidden";
  return {
    account: digest(subject === undefined ? ["name", ownName(name)] : ["subject", subject]),
    failures: isKnown ? failuresOf(entry, preset, lockout, wallClock()) : 0,
    passwordTime: isKnown ? (passwordTimeOf(entry, preset) ?? "") : "",
    ...(lockout === undefined ? {} : { lockout }),
  };
}

type Reading = DirectoryEntry | "hidden" | "failed";

async function lockoutOf(
  entry: DirectoryEntry | undefined,
  preset: Preset,
  domain: Domain,
  read: (base: string, attributes: readonly string[]) => Promise<Reading>,
): Promise<LockoutPolicy | undefined | "failed"> {
  const { policyName, ownPolicy, domainPolicy } = lockoutAttributes(preset);
  const policyDn = policyName === undefined ? undefined : (entry?.text(policyName) ?? preset.lockoutPolicy);
  const own =
    policyDn === undefined || ownPolicy === undefined ? undefined : await policyIn(read, policyDn, ownPolicy);
  if (own === "failed") return own;
  if (own !== undefined && own !== "hidden") return own;
  const root = domainRootOf(domain.parts.baseDn);
  const ofDomain = domainPolicy === undefined ? undefined : await policyIn(read, root, domainPolicy);
  if (ofDomain === "failed") return ofDomain;
  const told = ofDomain === "hidden" ? undefined : ofDomain;
  return own === "hidden" ? carefulPolicy(told) : told;
}

async function policyIn(
  read: (base: string, attributes: readonly string[]) => Promise<Reading>,
  base: string,
  attributes: PolicyAttributes,
): Promise<LockoutPolicy | undefined | "hidden" | "failed"> {
  const entry = await read(base, [attributes.threshold, attributes.window]);
  if (entry === "hidden" || entry === "failed") return entry;
  const isHidden = attributes.isMandatory && entry.text(attributes.threshold) === undefined;
  return isHidden ? "hidden" : policyOf(entry, attributes);
}

async function readEntry(
  { parts: { controllers } }: Domain,
  account: FoundAccount | undefined,
  base: string,
  attributes: readonly string[],
  deadline: Deadline,
): Promise<Reading> {
  const request = { base, scope: "base", filter: present("objectClass"), attributes, entriesMax: 1 } as const;
  const outcome = await controllers.search(request, deadline, account?.controller);
  if (outcome.kind === "entries") return outcome.entries[0] ?? "hidden";
  // As some servers say of what may not be seen.
  return outcome.why === "result_code" ? "hidden" : "failed";
}

/** All forms of a name that nobody has are one, as they would be if somebody had it. */
function ownName(name: AccountName): string {
  return foldedName(name.form === "plain" ? name.text : name.user);
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("base64url");
}
