/**
 * Reads the files that settings name: keys, certificates, passwords.
 *
 * All that cannot be read are reported at once, each with the setting that names it.
 *
 * @module
 */

import type { Secret } from "../login/secret.ts";
import type { CertificatesConfig } from "./certificate-schema.ts";
import type { AuditConfig } from "./audit-schema.ts";
import { readDirectorySecrets } from "./directory-secrets.ts";
import type { DirectorySecrets } from "./directory-secrets.ts";
import type { GatewayConfig } from "./gateway-schema.ts";
import { ConfigError } from "./load.ts";
import type { ConfigProblem } from "./load.ts";
import type { OidcConfig } from "./oidc-schema.ts";
import type { Config } from "./schema.ts";
import type { StatusConfig } from "./status-schema.ts";
import { SettingFiles } from "./setting-files.ts";
import type { TracesConfig } from "./traces-schema.ts";

export interface Secrets {
  readonly nats: NatsSecrets;
  readonly audit: AuditSecrets;
  /** Where there are traces. */
  readonly traces?: TracesSecrets;
  /** By connection name. */
  readonly connector: ReadonlyMap<string, ConnectorSecrets>;
  /** As `connector.state.keyFiles` are, each in base64. */
  readonly connectorStateKeys: readonly Secret[];
  readonly gateway?: GatewaySecrets;
}

/** As the settings of these names are, each in base64. */
export interface AuditSecrets {
  readonly pseudonymKey?: Secret;
  readonly streamKeys: readonly Secret[];
  readonly gatewayKeys: readonly Secret[];
  readonly connectorKeys: readonly Secret[];
}

export interface TracesSecrets {
  /** PEM. */
  readonly ca?: string;
  /** As `traces.headers` are. */
  readonly headers: readonly Secret[];
}

export interface NatsSecrets {
  readonly ca?: string;
  readonly nkeySeed?: Secret;
}

export interface ConnectorSecrets {
  readonly identityKey: Secret;
  readonly gatewayKeys: readonly string[];
  readonly directory: DirectorySecrets;
  /** Where people log in with certificates. */
  readonly certificates?: CertificateFiles;
  /** Where the connection takes tickets. */
  readonly keytab?: Uint8Array;
}

/** PEM. */
export interface CertificateFiles {
  readonly ca: string;
  readonly intermediates?: string;
}

export interface GatewaySecrets {
  readonly identityKey: Secret;
  /** As `state.keyFiles` are, each in base64. */
  readonly stateKeys: readonly Secret[];
  readonly tls?: TlsFiles;
  /** Of the listener that asks for client certificates. */
  readonly clientCertificatesTls?: TlsFiles;
  /** As `api.tokens` are. */
  readonly apiTokens: readonly Secret[];
  readonly oidc?: OidcSecrets;
  readonly status?: StatusSecrets;
  readonly logo?: Buffer;
  /** By connection name. */
  readonly connectorKeys: ReadonlyMap<string, readonly string[]>;
}

/** PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: Secret;
}

export interface StatusSecrets {
  readonly token: Secret;
  readonly tls?: TlsFiles;
}

export interface OidcSecrets {
  readonly signingKeys: readonly Secret[];
  /** By client id; who is not in it has none. */
  readonly clients: ReadonlyMap<string, Secret>;
}

/** @throws {ConfigError} with every file that is missing, empty or too large. */
export function readSecrets(config: Config): Secrets {
  const { secrets, problems } = readSecretsAndProblems(config);
  if (problems.length > 0) throw new ConfigError(problems);
  return secrets;
}

/** What cannot be read is empty, for those who can do something with the rest. */
export function readSecretsAndProblems(config: Config): {
  readonly secrets: Secrets;
  readonly problems: readonly ConfigProblem[];
} {
  const files = new SettingFiles();
  const secrets: Secrets = {
    nats: readNatsSecrets(config, files),
    audit: readAuditSecrets(config.audit, files),
    ...(config.traces && { traces: readTracesSecrets(config.traces, files) }),
    connector: readConnector(config, files),
    connectorStateKeys: files.keys("connector.state.keyFiles", config.connector?.state.keyFiles ?? []),
    ...(config.gateway === undefined ? {} : { gateway: readGateway(config.gateway, files) }),
  };
  return { secrets, problems: files.problems };
}

export function readNatsSecrets({ nats: { caFile, nkeyFile } }: Config, files: SettingFiles): NatsSecrets {
  return {
    ...(caFile === undefined ? {} : { ca: files.text("nats.caFile", caFile) }),
    ...(nkeyFile === undefined ? {} : { nkeySeed: files.secret("nats.nkeyFile", nkeyFile) }),
  };
}

function readAuditSecrets(
  { pseudonymKeyFile, stream, reader }: AuditConfig,
  files: SettingFiles,
): AuditSecrets {
  return {
    ...(pseudonymKeyFile === undefined
      ? {}
      : { pseudonymKey: files.key("audit.pseudonymKeyFile", pseudonymKeyFile) }),
    streamKeys: files.keys("audit.stream.keyFiles", stream.keyFiles),
    gatewayKeys: files.keys("audit.reader.gatewayKeyFiles", reader.gatewayKeyFiles),
    connectorKeys: files.keys("audit.reader.connectorKeyFiles", reader.connectorKeyFiles),
  };
}

export function readTracesSecrets({ caFile, headers }: TracesConfig, files: SettingFiles): TracesSecrets {
  return {
    ...(caFile === undefined ? {} : { ca: files.text("traces.caFile", caFile) }),
    headers: headers.map(({ valueFile }, index) =>
      files.secret(`traces.headers.${index}.valueFile`, valueFile),
    ),
  };
}

function readConnector(config: Config, files: SettingFiles): ReadonlyMap<string, ConnectorSecrets> {
  const entries = Object.entries(config.connector?.connections ?? {}).map(([name, connection]) => {
    const path = `connector.connections.${name}`;
    const secrets: ConnectorSecrets = {
      identityKey: files.secret(`${path}.identityKeyFile`, connection.identityKeyFile),
      gatewayKeys: files.trusted(`${path}.gatewayKeyFiles`, connection.gatewayKeyFiles),
      directory: readDirectorySecrets(`${path}.directory`, connection.directory, files),
      ...(connection.certificates === undefined
        ? {}
        : { certificates: readCertificates(`${path}.certificates`, connection.certificates, files) }),
      ...(connection.kerberos === undefined
        ? {}
        : { keytab: files.bytes(`${path}.kerberos.keytabFile`, connection.kerberos.keytabFile) }),
    };
    return [name, secrets] as const;
  });
  return new Map(entries);
}

export function readCertificates(
  path: string,
  { caFile, intermediatesFile }: CertificatesConfig,
  files: SettingFiles,
): CertificateFiles {
  const intermediates = files.optional(`${path}.intermediatesFile`, intermediatesFile);
  return {
    ca: files.text(`${path}.caFile`, caFile),
    ...(intermediates === undefined ? {} : { intermediates }),
  };
}

function readGateway(gateway: GatewayConfig, files: SettingFiles): GatewaySecrets {
  const { tls } = gateway.http;
  const listener = gateway.clientCertificates?.listener;
  const keys = Object.entries(gateway.connections).map(
    ([name, { connectorKeyFiles }]) =>
      [name, files.trusted(`gateway.connections.${name}.connectorKeyFiles`, connectorKeyFiles)] as const,
  );
  return {
    identityKey: files.secret("gateway.identityKeyFile", gateway.identityKeyFile),
    stateKeys: files.keys("gateway.state.keyFiles", gateway.state.keyFiles),
    connectorKeys: new Map(keys),
    apiTokens: readApiTokens(gateway, files),
    ...(tls === undefined ? {} : { tls: readTls("gateway.http.tls", tls, files) }),
    ...(gateway.oidc === undefined ? {} : { oidc: readOidc(gateway.oidc, files) }),
    ...(gateway.status === undefined ? {} : { status: readStatus(gateway.status, files) }),
    ...(gateway.page.logoFile === undefined
      ? {}
      : { logo: files.picture("gateway.page.logoFile", gateway.page.logoFile) }),
    ...(listener === undefined
      ? {}
      : {
          clientCertificatesTls: readTls("gateway.clientCertificates.listener.tls", listener.tls, files),
        }),
  };
}

export function readApiTokens({ api }: GatewayConfig, files: SettingFiles): readonly Secret[] {
  return api.tokens.map(({ tokenFile }, index) =>
    files.token(`gateway.api.tokens.${index}.tokenFile`, tokenFile),
  );
}

export function readTls(
  path: string,
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
  files: SettingFiles,
): TlsFiles {
  return {
    cert: files.text(`${path}.certFile`, certFile),
    key: files.secret(`${path}.keyFile`, keyFile),
  };
}

function readStatus({ tokenFile, tls }: StatusConfig, files: SettingFiles): StatusSecrets {
  return {
    token: files.token("gateway.status.tokenFile", tokenFile),
    ...(tls === undefined ? {} : { tls: readTls("gateway.status.tls", tls, files) }),
  };
}

export function readOidc({ keyFiles, clients }: OidcConfig, files: SettingFiles): OidcSecrets {
  const secrets = clients.flatMap(({ id, secretFile }, index) =>
    secretFile === undefined
      ? []
      : [[id, files.token(`gateway.oidc.clients.${index}.secretFile`, secretFile)] as const],
  );
  const signingKeys = keyFiles.map((file, index) => files.secret(`gateway.oidc.keyFiles.${index}`, file));
  return { signingKeys, clients: new Map(secrets) };
}
