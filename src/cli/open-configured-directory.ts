/**
 * A directory as the settings describe it, whose secrets are renewed while it is in use.
 *
 * @module
 */

import type { DirectoryConfig } from "../config/directory-schema.ts";
import { readDirectorySecrets } from "../config/directory-secrets.ts";
import type { DirectorySecrets } from "../config/directory-secrets.ts";
import { watchSecrets } from "../config/watch-secrets.ts";
import { createDirectory } from "../directory/open-directory.ts";
import type { DirectoryEngine } from "../directory/open-directory.ts";
import type { ControllersPlace, DirectoryEvent, DomainOptions } from "../directory/directory-options.ts";
import type { ConnectionName } from "../login/attempt.ts";
import type { PasswordStatus } from "../login/password-state.ts";
import type { Events } from "../telemetry/events.ts";
import { tellCertificate } from "./tell-certificates.ts";

type ServiceAccount = DomainOptions["serviceAccount"];

/** Where a directory stands in the settings. */
export interface ConfiguredDirectory {
  readonly connection: ConnectionName;
  readonly settings: DirectoryConfig;
  /** As they were read at the start. */
  readonly secrets: DirectorySecrets;
}

/** @throws {Error} for settings that can never work; never because a controller is down. */
export function openConfiguredDirectory(
  { settings, secrets }: ConfiguredDirectory,
  observe: (event: DirectoryEvent) => void,
): DirectoryEngine {
  const { preset, order, startTls, tlsName, profile, groups, globalCatalog, passwords } = settings;
  const [serviceAccount, ...otherAccounts] = serviceAccountsOf(settings, secrets);
  return createDirectory({
    ...domainOptions(settings, serviceAccount),
    ...secrets.trust,
    preset,
    order,
    startTls,
    otherDomains: settings.otherDomains.map((other, index) =>
      domainOptions(other, otherAccounts[index] ?? serviceAccount),
    ),
    accept: acceptedStatuses(passwords),
    names: settings.names ?? {},
    operations: new Set(settings.operations),
    ...(settings.lockoutPolicy === undefined ? {} : { lockoutPolicy: settings.lockoutPolicy }),
    groups,
    ...(globalCatalog === undefined ? {} : { globalCatalog: placeOf(globalCatalog) }),
    ...(tlsName === undefined ? {} : { tlsName }),
    ...(profile === undefined ? {} : { profile }),
    limits: {
      connectTimeoutMs: settings.connectTimeout,
      searchTimeoutMs: settings.searchTimeout,
      bindTimeoutMs: settings.bindTimeout,
      bindConnectionsMax: settings.bindConnectionsMax,
      searchConnectionsMax: settings.searchConnectionsMax,
      connectionAgeMaxMs: settings.connectionAgeMax,
      groupsTimeoutMs: groups.timeout,
      groupsMax: groups.max,
    },
    observe,
  });
}

/** Takes over what changes in the files of its secrets, until it is disposed. */
export function renewSecrets(
  directory: DirectoryEngine,
  { connection, settings, secrets }: ConfiguredDirectory,
  events: Events,
): Disposable {
  const path = `connector.connections.${connection}.directory`;
  const tellExpiries = ({ trust }: DirectorySecrets): void => {
    tellCertificate(events, "directory_authority", trust.ca, connection);
    tellCertificate(events, "directory_client", trust.clientCertificate?.certificate, connection);
  };
  tellExpiries(secrets);
  return watchSecrets({
    secrets,
    read: (files) => readDirectorySecrets(path, settings, files),
    onChange(renewed) {
      events.secretsRenewed({ connection });
      const accounts = serviceAccountsOf(settings, renewed).map(
        ({ name, password }) => [name, password] as const,
      );
      // Where two domains have the same account, the first's file holds, as at the start.
      for (const [name, password] of new Map(accounts.toReversed())) directory.renewPassword(name, password);
      try {
        directory.renewTrust(renewed.trust);
        tellExpiries(renewed);
      } catch (error) {
        const why = error instanceof Error ? error.message : "cannot be used";
        events.secretUnusable({ connection, setting: path, why });
      }
    },
    onProblem: (problem) =>
      events.secretUnusable({ connection, setting: problem.path, why: problem.message }),
  });
}

/** Of the first domain, then of the others. */
function serviceAccountsOf(
  { serviceAccount, otherDomains }: DirectoryConfig,
  { servicePassword, otherServicePasswords }: DirectorySecrets,
): readonly [ServiceAccount, ...ServiceAccount[]] {
  const first = { name: serviceAccount.name, password: servicePassword };
  const others = otherDomains.map(({ serviceAccount: own }, index) => {
    const password = otherServicePasswords[index];
    return own === undefined || password === undefined ? first : { name: own.name, password };
  });
  return [first, ...others];
}

function domainOptions(
  settings: DirectoryConfig | DirectoryConfig["otherDomains"][number],
  serviceAccount: ServiceAccount,
): DomainOptions {
  const { referrals, baseDn, domain, upnSuffixes } = settings;
  return {
    ...placeOf(settings),
    referrals,
    baseDn,
    upnSuffixes,
    serviceAccount,
    ...(domain === undefined ? {} : { domain }),
  };
}

function placeOf({
  controllers,
  discovery,
}: Pick<DirectoryConfig, "controllers" | "discovery">): ControllersPlace {
  return discovery === undefined ? { controllers } : { controllers, discovery };
}

function acceptedStatuses({
  acceptExpired,
  acceptMustChange,
}: DirectoryConfig["passwords"]): ReadonlySet<PasswordStatus> {
  const statuses = new Set<PasswordStatus>();
  if (acceptExpired) statuses.add("expired");
  if (acceptMustChange) statuses.add("must_change");
  return statuses;
}

/** What the directory does, as events of its connection. */
export function tellingEvents(connection: ConnectionName, events: Events): (event: DirectoryEvent) => void {
  return (event) => {
    switch (event.kind) {
      case "controller":
        events.controllerChanged({ ...event, connection });
        break;
      case "operation":
        events.directoryOperation({ ...event, connection });
        break;
      case "shown":
        events.controllerShown({ ...event, connection });
        break;
      case "suspicion":
        events.suspicionChecked({ ...event, connection });
        break;
      case "discovery":
        events.controllersDiscovered({ ...event, connection });
        break;
      case "bind_refused":
        events.bindRefused({ ...event, connection });
        break;
      case "profile_unfit":
        events.profileUnfit({ connection, field: event.field, why: event.why });
        break;
      case "service_account":
        events.serviceAccountTried({ ...event, connection });
        break;
    }
  };
}
