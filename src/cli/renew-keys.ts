/**
 * Takes over what changes in the files of a program's keys, until it is disposed.
 *
 * What is of no use is said, and what was in use before goes on serving. Whoever is no longer among the trusted is refused from then on.
 *
 * @module
 */

import type { BusCredentials } from "../bus/bus-credentials.ts";
import type { ConnectorConfig } from "../config/connector-schema.ts";
import type { GatewayConfig } from "../config/gateway-schema.ts";
import type { Config } from "../config/schema.ts";
import { readNatsSecrets, readTls } from "../config/secrets.ts";
import type { ConnectorSecrets, GatewaySecrets, NatsSecrets, TlsFiles } from "../config/secrets.ts";
import type { SettingFiles } from "../config/setting-files.ts";
import { watchSecrets } from "../config/watch-secrets.ts";
import type { Connector } from "../connector/connector.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { BoundedServer } from "../gateway/http/server.ts";
import { isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import type { Secret } from "../login/secret.ts";
import { importIdentityKey, importPinnedKeys } from "../protocol/identity-key.ts";
import type { IdentityKey, PinnedKeys } from "../protocol/identity-key.ts";
import type { SealedStore } from "../protocol/sealed-store.ts";
import type { Events } from "../telemetry/events.ts";
import type { CertificateUse } from "../telemetry/health-events.ts";
import type { KeyKind } from "../telemetry/key-events.ts";
import { bytesOf } from "./key-bytes.ts";
import { tellCertificate } from "./tell-certificates.ts";

/** The bus itself tells whether new ones are of use. */
export function renewBusCredentials(
  config: Config,
  secrets: NatsSecrets,
  credentials: BusCredentials,
  events: Events,
): Disposable {
  tellCertificate(events, "nats_authority", secrets.ca);
  return watchSecrets({
    secrets,
    read: (files) => readNatsSecrets(config, files),
    onChange(renewed) {
      credentials.renew(renewed);
      tellCertificate(events, "nats_authority", renewed.ca);
    },
    onProblem: ({ path, message }) => events.keysUnusable({ keys: "bus", setting: path, why: message }),
  });
}

export function renewConnectorKeys(
  { connections }: ConnectorConfig,
  secrets: ReadonlyMap<string, ConnectorSecrets>,
  connector: Connector,
  events: Events,
): Disposable {
  using watching = new DisposableStack();
  for (const served of connector.connections) {
    const connection = served.name;
    const [settings, start] = [connections[connection], secrets.get(connection)];
    if (settings === undefined || start === undefined) continue;
    const path = `connector.connections.${connection}`;
    watching.use(
      watchIdentity(
        {
          setting: `${path}.identityKeyFile`,
          file: settings.identityKeyFile,
          start: start.identityKey,
          events,
        },
        (identity) => connector.renewIdentity(connection, identity),
      ),
    );
    watching.use(
      watchTrusted(
        {
          setting: `${path}.gatewayKeyFiles`,
          list: settings.gatewayKeyFiles,
          start: start.gatewayKeys,
          connection,
          events,
        },
        (pins) => served.renewGatewayKeys(pins),
      ),
    );
  }
  return watching.move();
}

export function renewGatewayKeys(
  settings: GatewayConfig,
  secrets: GatewaySecrets,
  gateway: Pick<Gateway, "renewIdentity" | "renewConnectorKeys">,
  events: Events,
): Disposable {
  using watching = new DisposableStack();
  watching.use(
    watchIdentity(
      {
        setting: "gateway.identityKeyFile",
        file: settings.identityKeyFile,
        start: secrets.identityKey,
        events,
      },
      (identity) => gateway.renewIdentity(identity),
    ),
  );
  for (const [connection, { connectorKeyFiles }] of Object.entries(settings.connections)) {
    if (!isConnectionName(connection)) continue;
    watching.use(
      watchTrusted(
        {
          setting: `gateway.connections.${connection}.connectorKeyFiles`,
          list: connectorKeyFiles,
          start: secrets.connectorKeys.get(connection) ?? [],
          connection,
          events,
        },
        (pins) => gateway.renewConnectorKeys(connection, pins),
      ),
    );
  }
  return watching.move();
}

/** Of either program. @param alsoTake  Whatever else is made of them. */
export function renewStateKeys(
  { setting, files: list, start }: StateKeyFiles,
  store: SealedStore | undefined,
  events: Events,
  alsoTake: (keys: readonly Secret[]) => void = () => {},
): Disposable {
  if (store === undefined) return new DisposableStack();
  return watchKeys("state", {
    setting,
    events,
    start,
    read: (files) => files.keys(setting, list),
    take(keys) {
      store.renew(keys.map(bytesOf));
      alsoTake(keys);
      return {};
    },
  });
}

export interface StateKeyFiles {
  readonly setting: string;
  readonly files: readonly string[];
  readonly start: readonly Secret[];
}

/** What the gateway shows to applications and browsers. */
export function renewCertificates(
  { http, clientCertificates, status }: GatewayConfig,
  { tls, clientCertificatesTls, status: statusFiles }: GatewaySecrets,
  servers: Readonly<Record<"server" | "certificateServer" | "statusServer", BoundedServer | undefined>>,
  events: Events,
): Disposable {
  const listener = clientCertificates?.listener;
  const shown = [
    ["gateway.http.tls", "https", http.tls, tls, servers.server],
    [
      "gateway.clientCertificates.listener.tls",
      "client_certificates_listener",
      listener?.tls,
      clientCertificatesTls,
      servers.certificateServer,
    ],
    ["gateway.status.tls", "status", status?.tls, statusFiles?.tls, servers.statusServer],
  ] as const;
  using watching = new DisposableStack();
  for (const [setting, certificate, settings, files, server] of shown) {
    if (settings && files && server)
      watching.use(renewTls({ setting, certificate, events }, settings, files, server));
  }
  return watching.move();
}

function renewTls(
  { setting, certificate, events }: Place & { readonly certificate: CertificateUse },
  settings: Parameters<typeof readTls>[1],
  start: TlsFiles,
  server: Pick<BoundedServer, "renewTls">,
): Disposable {
  tellCertificate(events, certificate, start.cert);
  return watchKeys("https", {
    setting,
    events,
    start,
    read: (files) => readTls(setting, settings, files),
    take({ cert, key }) {
      server.renewTls({ cert, key: key.reveal() });
      tellCertificate(events, certificate, cert);
      return {};
    },
  });
}

interface Place {
  readonly setting: string;
  readonly events: Events;
}

function watchIdentity(
  { file, ...place }: Place & { readonly file: string; readonly start: Secret },
  take: (identity: IdentityKey) => Promise<void> | void,
): Disposable {
  return watchKeys("identity", {
    ...place,
    read: (files) => files.secret(place.setting, file),
    async take(pem) {
      const identity = await importIdentityKey(pem.reveal());
      await take(identity);
      return { ids: [identity.id] };
    },
  });
}

function watchTrusted(
  {
    list,
    connection,
    ...place
  }: Place & {
    readonly list: readonly string[];
    readonly start: readonly string[];
    readonly connection: ConnectionName;
  },
  take: (pins: PinnedKeys) => void,
): Disposable {
  return watchKeys("trusted", {
    ...place,
    read: (files) => files.trusted(place.setting, list),
    async take(pems) {
      // While a program runs, all of them may be revoked.
      const pins: PinnedKeys = pems.length === 0 ? new Map() : await importPinnedKeys(pems);
      take(pins);
      return { connection, ids: [...pins.keys()] };
    },
  });
}

type Told = Omit<Parameters<Events["keysRenewed"]>[0], "keys">;

export function watchKeys<T>(
  keys: KeyKind,
  watched: Place & {
    readonly start: T;
    readonly read: (files: SettingFiles) => T;
    readonly take: (secrets: T) => Promise<Told> | Told;
  },
): Disposable {
  const { setting, events, start, read, take } = watched;
  const takeOver = async (secrets: T): Promise<void> => {
    try {
      events.keysRenewed({ keys, ...(await take(secrets)) });
    } catch (error) {
      const why = error instanceof Error ? error.message : "cannot be used";
      events.keysUnusable({ keys, setting, why });
    }
  };
  return watchSecrets({
    secrets: start,
    read,
    onChange: (secrets) => void takeOver(secrets),
    onProblem: ({ path, message }) => events.keysUnusable({ keys, setting: path, why: message }),
  });
}
