/**
 * A connector replica, put together: a directory and its verifiers for each connection, the bus between them and the gateways.
 *
 * It starts whatever is down: without NATS it waits for it, without a controller it is not ready, and both by itself come right.
 *
 * @module
 */

import type { ConnectorConfig } from "../config/connector-schema.ts";
import type { DirectoryConfig } from "../config/directory-schema.ts";
import type { ConnectorSecrets } from "../config/secrets.ts";
import { Connector } from "../connector/connector.ts";
import type { ConnectionOptions } from "../connector/served-connection.ts";
import { createDirectory } from "../directory/open-directory.ts";
import type { DirectoryEngine } from "../directory/open-directory.ts";
import type { DirectoryEvent, DomainOptions } from "../directory/directory-options.ts";
import { isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import { Deadline } from "../login/deadline.ts";
import type { PasswordStatus } from "../login/password-state.ts";
import { importIdentityKey, importPinnedKeys } from "../protocol/identity-key.ts";
import type { Events } from "../telemetry/events.ts";
import { createPasswordVerifier } from "../verifiers/password.ts";
import { aborted } from "./aborted.ts";
import type { ProgramContext } from "./programs.ts";

/** Resolves when the program was asked to end and everything granted is answered, or the drain time is over. */
export async function runConnector(context: ProgramContext): Promise<void> {
  const { config, secrets, id, events, status, signal } = context;
  if (config.connector === undefined) throw new Error("no connector configured");
  const { connector: settings } = config;
  await using directories = new AsyncDisposableStack();
  const connections = await Promise.all(
    [...secrets.connector].flatMap(([name, files]) =>
      isConnectionName(name) ? [openConnection(name, settings, files, events, directories)] : [],
    ),
  );

  await using bus = await context.connectToBus();
  using connector = await Connector.start(connections, {
    replica: id,
    bus,
    events,
    now: () => performance.now(),
    wallClock: Date.now,
  });
  status.inFlight = () => connector.inFlight;
  status.parts = () => ({ nats: bus.connected, ...readiness(connector) });

  await aborted(signal);
  await connector.drain(Deadline.after(settings.drainTimeout));
}

async function openConnection(
  name: ConnectionName,
  { connections, inFlightMax }: ConnectorConfig,
  secrets: ConnectorSecrets,
  events: Events,
  directories: AsyncDisposableStack,
): Promise<ConnectionOptions> {
  const settings = connections[name]?.directory;
  if (settings === undefined) throw new Error(`no directory is configured for ${name}`);
  const directory = directories.use(openDirectory(name, settings, secrets, events));
  return {
    name,
    identity: await importIdentityKey(secrets.identityKey.reveal()),
    gatewayKeys: await importPinnedKeys(secrets.gatewayKeys),
    directory,
    verifiers: { password: createPasswordVerifier(directory) },
    operator: directory,
    inFlightMax,
  };
}

function openDirectory(
  connection: ConnectionName,
  settings: DirectoryConfig,
  secrets: ConnectorSecrets,
  events: Events,
): DirectoryEngine {
  const { preset, order, startTls, tlsName, attributes, groups, globalCatalog, passwords } = settings;
  const serviceAccount = { name: settings.serviceAccount.name, password: secrets.servicePassword };
  return createDirectory({
    ...domainOptions(settings, serviceAccount),
    preset,
    order,
    startTls,
    otherDomains: settings.otherDomains.map((other, index) => {
      const password = secrets.otherServicePasswords[index];
      const own = other.serviceAccount;
      return domainOptions(
        other,
        own === undefined || password === undefined ? serviceAccount : { name: own.name, password },
      );
    }),
    accept: acceptedStatuses(passwords),
    names: settings.names ?? {},
    operations: new Set(settings.operations),
    ...(globalCatalog === undefined ? {} : { globalCatalog }),
    ...(tlsName === undefined ? {} : { tlsName }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(secrets.directoryCa === undefined ? {} : { ca: secrets.directoryCa }),
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
    observe: (event) => tellDirectory(event, connection, events),
  });
}

function domainOptions(
  { controllers, baseDn, domain, upnSuffixes }: DirectoryConfig | DirectoryConfig["otherDomains"][number],
  serviceAccount: DomainOptions["serviceAccount"],
): DomainOptions {
  return {
    controllers,
    baseDn,
    upnSuffixes,
    serviceAccount,
    ...(domain === undefined ? {} : { domain }),
  };
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

/** A replica is ready while any of its connections is: if one directory is down, the people of the others must still get in. */
function readiness({ connections }: Connector): Readonly<Record<string, boolean>> {
  return { directory: connections.some(({ ready }) => ready) };
}

function tellDirectory(event: DirectoryEvent, connection: ConnectionName, events: Events): void {
  switch (event.kind) {
    case "controller":
      events.controllerChanged({ ...event, connection });
      break;
    case "operation":
      events.directoryOperation({ ...event, connection });
      break;
    case "bind_refused":
      events.bindRefused({ ...event, connection });
      break;
  }
}
