/**
 * The directory engine's front door: implements the `Directory` port for Active Directory and OpenLDAP.
 *
 * Owns: its domains, their controllers and connections. Does not own: what a login is made of (a verifier), whether a bind may still be
 * sent (`VerifierContext.permitBind`), the settings (handed in). Depends on: `login`, and ldapts in `ldap-connection.ts` alone.
 *
 * One login costs two round trips: the search for the account brings profile and failure time, then the bind and the reading of
 * groups run side by side.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Deadline } from "../login/deadline.ts";
import type {
  Account,
  ControllerName,
  Directory,
  IdentityOutcome,
  Operator,
  Suspicion,
  SuspicionOutcome,
} from "../login/ports.ts";
import { FoundAccount } from "./accounts/account.ts";
import { accountStateOf, judgeState, passwordStateOf } from "./accounts/account-state.ts";
import type { Secret } from "../login/secret.ts";
import { commonParts } from "./common-parts.ts";
import type { CommonParts } from "./common-parts.ts";
import type { Controllers } from "./controllers/controllers.ts";
import { toldTime } from "./controllers/told-time.ts";
import type { ConnectionCounts, DirectoryOptions } from "./directory-options.ts";
import type { Domain } from "./domain.ts";
import { createForestSearch, findByKey } from "./forest.ts";
import { createCatalogSearch } from "./global-catalog.ts";
import type { Find } from "./global-catalog.ts";
import { dnsDomainOf, parseDistinguishedName } from "./ldap/distinguished-name.ts";
import type { TrustOptions } from "./ldap/tls-trust.ts";
import { openControllers } from "./open-controllers.ts";
import { openDomain } from "./open-domain.ts";
import { createOperator } from "./operations/operator.ts";
import { identityOf, personOf } from "./profile/identity.ts";

export interface DirectoryEngine extends Directory, Operator {
  /** As they are now, one for each controller. */
  connectionCounts(): readonly ConnectionCounts[];
  /** As they are now; one may serve in several roles and is told once for each. */
  controllerStates(): Controllers["states"];
  /** Name in the identity's profile → attributes that it is made of; none for a constant. */
  readonly profileSources: ReadonlyMap<string, readonly string[]>;
  /** For connections from now on. @throws {Error} for what is not PEM; then what was believed before still is. */
  renewTrust(options: TrustOptions): void;
  /**
   * Tried once, at once; until it is accepted, the one before goes on serving.
   * @param name  Of a service account in the settings.
   */
  renewPassword(name: string, password: Secret): void;
  /** Milliseconds since 1970 by a controller of the first domain; undefined where none answers in time or has a clock. */
  readClock(deadline: Deadline): Promise<number | undefined>;
}

/**
 * Starts to look for controllers that answer, and returns at once.
 *
 * @throws {Error} for settings that can never work (a URL, the CA, the service account's name); never because a controller is down.
 */
export function createDirectory(options: DirectoryOptions): DirectoryEngine {
  const common = commonParts(options);
  const { preset, profile } = common;
  const { domains, findAccount, all } = openForest(options, common);
  const preferred = (): ControllerName | undefined =>
    domains.map(({ parts }) => parts.controllers.preferred?.name).find((name) => name !== undefined);
  const domainOf = (account: Account): Domain => homeOf(account, domains);
  const operator = createOperator({
    offered: options.operations ?? new Set(),
    domains,
    findAccount,
    domainOf,
    preset,
    isGroupTold: common.isGroupTold,
    personOf: (entry) => personOf(entry, preset, profile),
    writeTimeoutMs: common.limits.bindTimeoutMs,
    settleMs: common.limits.settleMs,
    now: common.now,
    wallClock: common.wallClock,
  });

  return {
    controller: preferred,
    onControllerChange: (listener) => listenToChanges(domains, preferred, listener),
    connectionCounts: () => all.flatMap(({ counts }) => counts),
    controllerStates: () => all.flatMap(({ states }) => states),
    profileSources: profile.sources,
    renewTrust: (trust) => common.trust.renew(trust),
    renewPassword(name, password) {
      if (!common.serviceAccounts.renew(name, password)) return;
      for (const controllers of all) void controllers.preferred?.tryServiceAccount();
    },
    findAccount,
    readClock: async (deadline) => domains[0] && toldTime(domains[0].parts.controllers, deadline),
    findAccountBy: (key, deadline) => findByKey(domains, key, deadline),
    checkSuspicion,
    bind: (account, password, context) => domainOf(account).parts.bind(account, password, context),
    judge: (account) => judgeState(foundAccount(account).entry, preset.accountState, common.wallClock()),
    readIdentity,
    perform: (operation, context) => operator.perform(operation, context),
    async [Symbol.asyncDispose]() {
      for (const controllers of all) controllers.close();
    },
  };

  async function checkSuspicion(
    account: Account,
    suspicion: Suspicion,
    deadline: Deadline,
  ): Promise<SuspicionOutcome> {
    const home = domainOf(account);
    // A bind on another controller than the claim named waits until the gateway has heard where it goes, so none was sent.
    const isElsewhere = domains.some(
      (domain) => domain !== home && domain.parts.controllers.find(suspicion.controller) !== undefined,
    );
    if (isElsewhere && suspicion.marker === undefined) return { kind: "unmoved" };
    const outcome = await home.parts.checkSuspicion(account, suspicion, deadline);
    common.observe({ kind: "suspicion", result: outcome.kind });
    return outcome;
  }

  async function readIdentity(account: Account, deadline: Deadline): Promise<IdentityOutcome> {
    const { entry } = foundAccount(account);
    const read = await domainOf(account).parts.readGroups(foundAccount(account), deadline);
    if (read.kind === "failed") return { kind: "unavailable", fault: "directory_unreachable" };
    if (options.groups?.required === true && read.groupsRead === "incomplete") {
      return { kind: "unavailable", fault: "groups_incomplete" };
    }
    const identity = identityOf(entry, read, preset, profile);
    if (identity === undefined) return { kind: "unavailable", fault: "directory_refused" };
    const password = passwordStateOf(accountStateOf(entry, preset.accountState, common.wallClock()));
    return { kind: "read", identity, ...(password === undefined ? {} : { password }) };
  }
}

function homeOf(account: Account, domains: readonly Domain[]): Domain {
  const { baseDn } = foundAccount(account);
  const domain = domains.find(({ parts }) => parts.baseDn === baseDn);
  assert.ok(domain !== undefined, "an account comes from one of these domains");
  return domain;
}

function foundAccount(account: Account): FoundAccount {
  assert.ok(account instanceof FoundAccount, "an account comes from findAccount");
  return account;
}

interface Forest {
  readonly domains: readonly Domain[];
  readonly findAccount: Find;
  /** Of every domain, and of the global catalog. */
  readonly all: readonly Controllers[];
}

function openForest(options: DirectoryOptions, common: CommonParts): Forest {
  const { preset } = common;
  const domains = [options, ...(options.otherDomains ?? [])].map((domain) => openDomain(domain, common));
  const all = domains.map(({ parts }) => parts.controllers);
  if (options.globalCatalog === undefined) {
    return { domains, findAccount: createForestSearch(domains, undefined), all };
  }
  const catalog = openControllers(
    options.globalCatalog,
    "global_catalog",
    options.serviceAccount,
    dnsDomainOf(parseDistinguishedName(options.baseDn) ?? []),
    common,
  );
  const implicitSuffixes = new Set(domains.flatMap(({ parts }) => [...parts.naming.implicitSuffixes]));
  const askCatalog = createCatalogSearch(catalog, { preset, implicitSuffixes }, domains);
  return { domains, findAccount: createForestSearch(domains, askCatalog), all: [...all, catalog] };
}

/** What {@link Directory.controller} yields is told once for each change, whichever domain it is of. */
function listenToChanges(
  domains: readonly Domain[],
  current: () => ControllerName | undefined,
  listener: (controller: ControllerName | undefined) => void,
): void {
  let told = current();
  for (const { parts } of domains) {
    parts.controllers.onChange(() => {
      const now = current();
      if (now === told) return;
      told = now;
      listener(now);
    });
  }
}
