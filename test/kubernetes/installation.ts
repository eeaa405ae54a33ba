/**
 * Everything of Drawbridge in the cluster: keys, certificates, a directory, and the chart with its own NATS servers.
 *
 * @module
 */

import { join } from "node:path";
import { createAuthority } from "../support/pki.ts";
import { chartFolder } from "../support/chart.ts";
import { serviceAccount } from "../support/people.ts";
import { runCli } from "../support/run-cli.ts";
import type { Scratch } from "../support/scratch.ts";
import { suffix } from "../support/slapd-config.ts";
import { uidDn } from "../support/slapd-seed.ts";
import type { Cluster } from "./cluster.ts";
import { directoryHost, startDirectory } from "./directory.ts";

export interface Images {
  readonly drawbridge: string;
  readonly nats: string;
  readonly openldap: string;
}

export const release = "login";
/** Wherever the cluster's pods are. */
const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
export const gatewayUrl = (namespace: string): string =>
  `http://${release}-drawbridge-gateway.${namespace}.svc/v1/login`;

/** A copy of the values with other settings, for an upgrade. */
export interface Settings {
  readonly inFlightMax: number;
  readonly loginDeadline: string;
}

export async function install(
  cluster: Cluster,
  images: Images,
  users: number,
  settings: Settings,
  scratch: Scratch,
): Promise<void> {
  const { namespace } = cluster;
  const authority = await createAuthority(scratch.folder);
  const keys = join(scratch.folder, "keys");
  const made = await runCli(["keys", "--out", keys, "--connection", "corp"]);
  if (made.code !== 0) throw new Error(made.stderr);
  const nats = await authority.issue("nats", {
    dns: [`*.${release}-drawbridge-nats.${namespace}.svc`],
    ip: [],
  });
  const password = await scratch.write("password", serviceAccount.password);
  const secret = (name: string, ...files: readonly string[]): Promise<string> =>
    cluster.kubectl("create", "secret", "generic", name, ...files.map((file) => `--from-file=${file}`));
  const key = (name: string): string => join(keys, name);
  await secret(
    "drawbridge-connector-keys",
    key("corp.connector.key"),
    key("gateway.pub"),
    key("nats-connector.nk"),
  );
  await secret(
    "drawbridge-gateway-keys",
    key("gateway.key"),
    key("corp.connector.pub"),
    key("nats-gateway.nk"),
    key("state.key"),
  );
  await secret("drawbridge-nats-users", key("users.conf"));
  await secret(
    "drawbridge-nats-tls",
    `tls.crt=${nats.certificateFile}`,
    `tls.key=${nats.keyFile}`,
    `ca.crt=${authority.caFile}`,
  );
  await secret("drawbridge-directory", `password=${password}`, `ca.pem=${authority.caFile}`);
  await startDirectory(
    cluster,
    images.openldap,
    users,
    await authority.issue("directory", { dns: [directoryHost(namespace)], ip: [] }),
    authority.ca,
  );
  const values = await cluster.file(valuesOf(namespace, images, settings));
  await cluster.helm("install", release, chartFolder, "--values", values, "--wait", "--timeout=4m");
}

export async function upgrade(cluster: Cluster, images: Images, settings: Settings): Promise<void> {
  const values = await cluster.file(valuesOf(cluster.namespace, images, settings));
  await cluster.helm("upgrade", release, chartFolder, "--values", values, "--wait", "--timeout=4m");
}

function valuesOf(namespace: string, images: Images, { inFlightMax, loginDeadline }: Settings): object {
  return {
    image: imageOf(images.drawbridge),
    nats: { enabled: true, image: imageOf(images.nats), persistence: { enabled: false } },
    connector: {
      enabled: true,
      secrets: { keys: "drawbridge-connector-keys", directory: "drawbridge-directory" },
      config: {
        nats: { nkeyFile: "keys/nats-connector.nk" },
        connector: {
          inFlightMax,
          connections: {
            corp: {
              identityKeyFile: "keys/corp.connector.key",
              gatewayKeyFiles: ["keys/gateway.pub"],
              directory: {
                preset: "openldap",
                controllers: [`ldaps://${directoryHost(namespace)}`],
                caFile: "directory/ca.pem",
                baseDn: suffix,
                serviceAccount: { name: uidDn(serviceAccount.account), passwordFile: "directory/password" },
              },
            },
          },
        },
      },
    },
    gateway: {
      enabled: true,
      secrets: { keys: "drawbridge-gateway-keys" },
      config: {
        nats: { nkeyFile: "keys/nats-gateway.nk" },
        gateway: {
          loginDeadline,
          // As docs/rest.md has it for an application that logs in many people: it is trusted to say where each of them is.
          http: { trustedProxies: privateNetworks },
          identityKeyFile: "keys/gateway.key",
          state: { keyFiles: ["keys/state.key"] },
          connections: {
            corp: { connectorKeyFiles: ["keys/corp.connector.pub"] },
          },
        },
      },
    },
  };
}

function imageOf(name: string): object {
  const colon = name.lastIndexOf(":");
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}
