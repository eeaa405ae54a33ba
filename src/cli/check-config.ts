/**
 * `drawbridge check-config`: says everything that is wrong with a configuration, or what it comes to.
 *
 * @module
 */

import type { DirectoryConfig } from "../config/directory-schema.ts";
import { ConfigError, loadConfig } from "../config/load.ts";
import type { ConfigProblem } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { readSecrets } from "../config/secrets.ts";
import type { Secrets } from "../config/secrets.ts";
import { importIdentityKey, importPinnedKeys } from "../protocol/identity-key.ts";
import type { CommandInput } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { certificatesIn } from "../verifiers/certificate/pem.ts";
import { openListFiles } from "../verifiers/certificate/revocation/list-files.ts";
import { findPageProblems } from "./open-oidc.ts";
import { print } from "./print.ts";

/** @throws {ConfigError} */
export async function checkConfig({ positional = "" }: CommandInput): Promise<ExitCode> {
  const config = loadConfig(positional);
  const secrets = readSecrets(config);
  for (const name of secrets.connector.keys()) {
    print(`connector serves ${name}: ${placeText(config.connector?.connections[name]?.directory)}`);
  }
  for (const name of secrets.gateway?.connectorKeys.keys() ?? []) print(`gateway reaches ${name}`);
  if (config.gateway?.oidc !== undefined) print(`gateway is the issuer ${config.gateway.oidc.issuer}`);
  const problems = await findKeyProblems(config, secrets);
  if (problems.length > 0) throw new ConfigError(problems);
  print(`bus: ${config.nats.servers.join(", ")}`);
  print("The configuration is usable.");
  return exitCodes.ok;
}

/** What is wrong with keys, certificates and lists that can be read. */
export async function findKeyProblems(
  config: Config,
  { connector, gateway }: Secrets,
): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const check = async (path: string, imported: Promise<unknown>): Promise<void> => {
    try {
      await imported;
    } catch (error) {
      problems.push({ path, message: error instanceof Error ? error.message : "not usable" });
    }
  };
  for (const [name, { identityKey, gatewayKeys, certificates }] of connector) {
    const path = `connector.connections.${name}`;
    await check(`${path}.identityKeyFile`, importIdentityKey(identityKey.reveal()));
    await check(`${path}.gatewayKeyFiles`, importPinnedKeys(gatewayKeys));
    if (certificates === undefined) continue;
    const { ca, intermediates = "" } = certificates;
    const place = `${path}.certificates`;
    await check(`${place}.caFile`, (async () => certificatesIn(ca))());
    if (intermediates !== "") {
      await check(`${place}.intermediatesFile`, (async () => certificatesIn(intermediates))());
    }
    const { crlFiles = [] } = config.connector?.connections[name]?.certificates?.revocation ?? {};
    await check(`${place}.revocation.crlFiles`, readLists(crlFiles));
  }
  if (gateway !== undefined) {
    if (config.gateway !== undefined) problems.push(...findPageProblems(config.gateway, gateway));
    await check("gateway.identityKeyFile", importIdentityKey(gateway.identityKey.reveal()));
    for (const [name, keys] of gateway.connectorKeys) {
      await check(`gateway.connections.${name}.connectorKeyFiles`, importPinnedKeys(keys));
    }
  }
  return problems;
}

async function readLists(files: readonly string[]): Promise<void> {
  using _ = await openListFiles(files, () => undefined);
}

function placeText(directory: DirectoryConfig | undefined): string {
  if (directory?.discovery === undefined) return directory?.controllers.join(", ") ?? "";
  return `the controllers that DNS names for ${directory.discovery.domain ?? directory.baseDn}`;
}
