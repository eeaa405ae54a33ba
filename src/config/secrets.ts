/**
 * Reads the files that settings name: keys, certificates, passwords.
 *
 * All that cannot be read are reported at once, each with the setting that names it.
 *
 * @module
 */

import { Secret } from "../login/secret.ts";
import { ConfigError } from "./load.ts";
import type { ConfigProblem } from "./load.ts";
import type { Config } from "./schema.ts";
import { readTextFile } from "./text-file.ts";

export interface Secrets {
  readonly nats: { readonly ca: string | undefined; readonly nkeySeed?: Secret };
  /** By connection name. */
  readonly connector: ReadonlyMap<string, ConnectorSecrets>;
  readonly gateway?: GatewaySecrets;
}

export interface ConnectorSecrets {
  readonly identityKey: Secret;
  readonly gatewayKeys: readonly string[];
  readonly directoryCa: string | undefined;
  readonly servicePassword: Secret;
  /** As `otherDomains` are; undefined where a domain has no service account of its own. */
  readonly otherServicePasswords: readonly (Secret | undefined)[];
}

export interface GatewaySecrets {
  readonly identityKey: Secret;
  readonly tls?: { readonly cert: string; readonly key: Secret };
  /** As `api.tokens` are. */
  readonly apiTokens: readonly Secret[];
  /** By connection name. */
  readonly connectorKeys: ReadonlyMap<string, readonly string[]>;
}

/** @throws {ConfigError} with every file that is missing, empty or too large. */
export function readSecrets(config: Config): Secrets {
  const files = new SettingFiles();
  const secrets: Secrets = {
    nats: {
      ca: files.optional("nats.caFile", config.nats.caFile),
      ...(config.nats.nkeyFile === undefined
        ? {}
        : { nkeySeed: files.secret("nats.nkeyFile", config.nats.nkeyFile) }),
    },
    connector: readConnector(config, files),
    ...(config.gateway === undefined ? {} : { gateway: readGateway(config.gateway, files) }),
  };
  if (files.problems.length > 0) throw new ConfigError(files.problems);
  return secrets;
}

function readConnector(config: Config, files: SettingFiles): ReadonlyMap<string, ConnectorSecrets> {
  const entries = Object.entries(config.connector?.connections ?? {}).map(([name, connection]) => {
    const path = `connector.connections.${name}`;
    const { directory } = connection;
    const secrets: ConnectorSecrets = {
      identityKey: files.secret(`${path}.identityKeyFile`, connection.identityKeyFile),
      gatewayKeys: files.list(`${path}.gatewayKeyFiles`, connection.gatewayKeyFiles),
      directoryCa: files.optional(`${path}.directory.caFile`, directory.caFile),
      servicePassword: files.secret(
        `${path}.directory.serviceAccount.passwordFile`,
        directory.serviceAccount.passwordFile,
      ),
      otherServicePasswords: directory.otherDomains.map(({ serviceAccount }, index) =>
        serviceAccount === undefined
          ? undefined
          : files.secret(
              `${path}.directory.otherDomains.${index}.serviceAccount.passwordFile`,
              serviceAccount.passwordFile,
            ),
      ),
    };
    return [name, secrets] as const;
  });
  return new Map(entries);
}

function readGateway(gateway: NonNullable<Config["gateway"]>, files: SettingFiles): GatewaySecrets {
  const { tls } = gateway.http;
  const keys = Object.entries(gateway.connections).map(
    ([name, { connectorKeyFiles }]) =>
      [name, files.list(`gateway.connections.${name}.connectorKeyFiles`, connectorKeyFiles)] as const,
  );
  return {
    identityKey: files.secret("gateway.identityKeyFile", gateway.identityKeyFile),
    connectorKeys: new Map(keys),
    apiTokens: gateway.api.tokens.map(({ tokenFile }, index) =>
      files.token(`gateway.api.tokens.${index}.tokenFile`, tokenFile),
    ),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            cert: files.text("gateway.http.tls.certFile", tls.certFile),
            key: files.secret("gateway.http.tls.keyFile", tls.keyFile),
          },
        }),
  };
}

/** What is shorter can be guessed, or was thought up. */
const tokenLengthMin = 32;

class SettingFiles {
  readonly problems: ConfigProblem[] = [];

  /** The content without its trailing line break; empty after a problem. */
  text(path: string, file: string): string {
    const read = readTextFile(file);
    if (!read.ok) return this.#complain(path, `${file} ${read.problem}`);
    const text = read.text.replace(/\r?\n$/, "");
    return text === "" ? this.#complain(path, `${file} is empty`) : text;
  }

  secret(path: string, file: string): Secret {
    return new Secret(this.text(path, file));
  }

  token(path: string, file: string): Secret {
    const text = this.text(path, file);
    const isShort = text !== "" && text.length < tokenLengthMin;
    return new Secret(
      isShort ? this.#complain(path, `${file} is shorter than ${tokenLengthMin} characters`) : text,
    );
  }

  list(path: string, files: readonly string[]): readonly string[] {
    return files.map((file, index) => this.text(`${path}.${index}`, file));
  }

  optional(path: string, file: string | undefined): string | undefined {
    return file === undefined ? undefined : this.text(path, file);
  }

  #complain(path: string, message: string): "" {
    this.problems.push({ path, message });
    return "";
  }
}
