/**
 * A connector replica, put together: a directory and its verifiers for each connection, the bus between them and the gateways.
 *
 * It starts whatever is down: without NATS it waits for it, without a controller it is not ready, and both by itself come right.
 *
 * @module
 */

import { digestOf } from "../config/configuration-digest.ts";
import type { ConnectorConfig } from "../config/connector-schema.ts";
import type { ConnectorSecrets } from "../config/secrets.ts";
import { Connector } from "../connector/connector.ts";
import type { ConnectionOptions } from "../connector/served-connection.ts";
import { isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import { Deadline } from "../login/deadline.ts";
import { importIdentityKey, importPinnedKeys } from "../protocol/identity-key.ts";
import type { Events } from "../telemetry/events.ts";
import type { Store } from "../protocol/store-port.ts";
import { createPasswordVerifier } from "../verifiers/password.ts";
import { createSessionVerifier } from "../verifiers/session.ts";
import { aborted } from "./aborted.ts";
import { openConfiguredDirectory, renewSecrets, tellingEvents } from "./open-configured-directory.ts";
import { openCertificateVerifier } from "./open-certificate-verifier.ts";
import { openSharedStore } from "./open-shared-store.ts";
import { openTickets } from "./open-tickets.ts";
import type { ProgramContext } from "./programs.ts";
import { renewConnectorKeys, renewStateKeys } from "./renew-keys.ts";
import { version } from "./version.ts";

/** Resolves when the program was asked to end and everything granted is answered, or the drain time is over. */
export async function runConnector(context: ProgramContext): Promise<void> {
  const { config, secrets, id, events, status, signal } = context;
  if (config.connector === undefined) throw new Error("no connector configured");
  const { connector: settings } = config;
  await using directories = new AsyncDisposableStack();
  const opened = await Promise.all(
    [...secrets.connector].flatMap(([name, files]) =>
      isConnectionName(name) ? [openConnection(name, settings, files, events, directories)] : [],
    ),
  );

  await using bus = await context.connectToBus();
  const takesTickets = opened.some(({ withStore }) => withStore !== undefined);
  const store = takesTickets
    ? openSharedStore(context, bus, {
        program: "connector",
        keys: secrets.connectorStateKeys,
        replicas: settings.state.replicas,
      })
    : undefined;
  const connections = opened.map(({ options, withStore }) => withStore?.(store) ?? options);
  using connector = await Connector.start(connections, {
    replica: id,
    bus,
    events,
    now: () => performance.now(),
    wallClock: Date.now,
  });
  using renewing = new DisposableStack();
  renewing.use(renewConnectorKeys(settings, secrets.connector, connector, events));
  const stateKeys = { files: settings.state.keyFiles, start: secrets.connectorStateKeys };
  renewing.use(renewStateKeys({ setting: "connector.state.keyFiles", ...stateKeys }, store, events));
  status.inFlight = () => connector.inFlight;
  status.parts = () => ({ nats: bus.connected, ...readiness(connector) });
  status.measure = () => opened.forEach(({ measure }) => measure());

  await aborted(signal);
  await connector.drain(Deadline.after(settings.drainTimeout));
}

interface OpenedConnection {
  readonly options: ConnectionOptions;
  readonly measure: () => void;
  /** With what needs the replicas' shared memory, where there is something. */
  readonly withStore?: (store: Store | undefined) => ConnectionOptions;
}

async function openConnection(
  name: ConnectionName,
  { connections, inFlightMax }: ConnectorConfig,
  secrets: ConnectorSecrets,
  events: Events,
  directories: AsyncDisposableStack,
): Promise<OpenedConnection> {
  const { directory: settings, certificates, kerberos } = connections[name] ?? {};
  if (settings === undefined) throw new Error(`no directory is configured for ${name}`);
  const configured = { connection: name, settings, secrets: secrets.directory };
  const directory = directories.use(openConfiguredDirectory(configured, tellingEvents(name, events)));
  directories.use(renewSecrets(directory, configured, events));
  const configuredCertificates = certificates &&
    secrets.certificates && { connection: name, settings: certificates, files: secrets.certificates };
  const certificateVerifier =
    configuredCertificates &&
    (await openCertificateVerifier(configuredCertificates, directory, events, directories));
  const configuration = digestOf({ ...connections[name], inFlightMax });
  events.configured({ section: `connector.connections.${name}`, digest: configuration.digest });
  const options: ConnectionOptions = {
    name,
    identity: await importIdentityKey(secrets.identityKey.reveal()),
    gatewayKeys: await importPinnedKeys(secrets.gatewayKeys),
    directory,
    verifiers: {
      password: createPasswordVerifier(directory),
      ...(certificateVerifier && { certificate: certificateVerifier }),
      session: createSessionVerifier(directory),
    },
    operator: directory,
    needsAllGroups: settings.groups.required,
    inFlightMax,
    facts: {
      version: version(),
      configuration,
      controllers: () => directory.controllerStates(),
    },
  };
  const measure = (): void => events.poolsMeasured({ connection: name, pools: directory.connectionCounts() });
  if (kerberos === undefined || secrets.keytab === undefined) return { options, measure };
  const tickets = await openTickets(
    { connection: name, settings: kerberos, keytab: secrets.keytab, directory, events },
    directories,
  );
  const { verifiers } = options;
  return {
    options,
    measure,
    withStore: (store) => ({ ...options, verifiers: { ...verifiers, kerberos: tickets(store) } }),
  };
}

/** A replica is ready while any of its connections is: if one directory is down, the people of the others must still get in. */
function readiness({ connections }: Connector): Readonly<Record<string, boolean>> {
  return { directory: connections.some(({ ready }) => ready) };
}
