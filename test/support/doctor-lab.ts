/**
 * A system in which nothing is wrong (NATS, Active Directory, OpenLDAP, a connector, a gateway), and configurations for it in which
 * one thing is.
 *
 * @module
 */

import { diagnose } from "../../src/cli/doctor/doctor.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { startConnector, startGateway } from "./drawbridge.ts";
import { createIdentityKeys } from "./identity-keys.ts";
import type { IdentityKeys } from "./identity-keys.ts";
import type { LabDirectory } from "./lab-directory.ts";
import { startNats } from "./nats-server.ts";
import type { Nats } from "./nats-server.ts";
import { startSamba } from "./samba.ts";
import type { Samba } from "./samba.ts";
import { createScratch } from "./scratch.ts";
import type { Scratch } from "./scratch.ts";
import { startSlapd } from "./slapd.ts";
import type { Slapd } from "./slapd.ts";

/** What is different from a configuration with which nothing is wrong. */
export interface ChangedSettings {
  readonly directory?: object;
  readonly nats?: object;
  /** Of the connection: its keys. */
  readonly connection?: object;
  readonly gateway?: object;
  /** The section of this name. */
  readonly audit?: object;
}

export interface DoctorLab extends AsyncDisposable {
  readonly nats: Nats;
  /** The connection `corp`. */
  readonly samba: Samba;
  /** The connection `branch`. */
  readonly slapd: Slapd;
  readonly scratch: Scratch;
  /** Those of `other` are used by nobody. */
  readonly keys: IdentityKeys;
  connectorConfig(lab: LabDirectory, change?: ChangedSettings): Promise<string>;
  gatewayConfig(change?: ChangedSettings): Promise<string>;
}

export async function startDoctorLab(options: { readonly jetStream?: boolean } = {}): Promise<DoctorLab> {
  await using starting = new AsyncDisposableStack();
  const scratch = starting.use(await createScratch("doctor"));
  const keys = await createIdentityKeys(scratch.folder, ["corp", "branch", "other"]);
  const nats = starting.use(await startNats(options));
  const samba = starting.use(await startSamba());
  const slapd = starting.use(await startSlapd());
  const connections = { corp: { directory: samba }, branch: { directory: slapd } };
  starting.use(await startConnector({ nats, keys, connections }));
  starting.use(await startGateway({ nats, keys, connections: ["corp", "branch"] }));
  const started = starting.move();
  let files = 0;

  const write = (
    role: "connector" | "gateway",
    change: ChangedSettings,
    section: object,
  ): Promise<string> => {
    const { servers, caFile, nkeyFiles } = nats;
    const settings = {
      nats: { servers, caFile, nkeyFile: nkeyFiles[role], ...change.nats },
      [role]: section,
      ...(change.audit && { audit: change.audit }),
    };
    files += 1;
    return scratch.write(`drawbridge-${files}.yaml`, JSON.stringify(settings));
  };

  return {
    nats,
    samba,
    slapd,
    scratch,
    keys,
    connectorConfig(lab, change = {}) {
      const { preset, url, caFile, baseDn, domain, serviceAccount } = lab;
      const directory = {
        preset,
        controllers: [url],
        caFile,
        baseDn,
        ...(domain === undefined ? {} : { domain }),
        serviceAccount: { name: serviceAccount.name, passwordFile: serviceAccount.passwordFile },
        connectTimeout: "1s",
        ...change.directory,
      };
      const connection = preset === "openldap" ? "branch" : "corp";
      const identity = {
        identityKeyFile: keys.connector(connection).keyFile,
        gatewayKeyFiles: [keys.gateway.publicKeyFile],
        ...change.connection,
      };
      return write("connector", change, { connections: { [connection]: { ...identity, directory } } });
    },
    gatewayConfig(change = {}) {
      const corp = { connectorKeyFiles: [keys.connector("corp").publicKeyFile], ...change.connection };
      const section = { identityKeyFile: keys.gateway.keyFile, connections: { corp }, ...change.gateway };
      return write("gateway", change, section);
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

export async function findingsOf(configFile: string, user?: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  await diagnose({ configFile, connection: undefined, user }, (more) => findings.push(...more));
  return findings;
}

/** What is wrong, each cause once. */
export async function causesIn(configFile: string, user?: string): Promise<readonly string[]> {
  const findings = await findingsOf(configFile, user);
  const wrong = findings.filter(({ status }) => status === "wrong");
  return [...new Set(wrong.map(({ problem }) => problem ?? ""))].toSorted();
}
