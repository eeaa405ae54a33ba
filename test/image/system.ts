/**
 * A NATS server, a directory, connectors and a gateway, each in a container, as an operator would start them without Kubernetes.
 *
 * @module
 */

import { chmod, copyFile, cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { images } from "../support/images.ts";
import { createAuthority } from "../support/pki.ts";
import { rightPassword, serviceAccount } from "../support/people.ts";
import { runCli } from "../support/run-cli.ts";
import { createScratch } from "../support/scratch.ts";
import type { Scratch } from "../support/scratch.ts";
import { slapdConfig, suffix } from "../support/slapd-config.ts";
import { uidDn } from "../support/slapd-seed.ts";
import { seed } from "../kubernetes/directory.ts";
import { openEngine } from "./engine.ts";
import type { Container } from "./engine.ts";

export interface ContainedSystem extends AsyncDisposable {
  readonly directory: Container;
  readonly connectors: readonly Container[];
  readonly gateway: Container;
  startConnector(): Promise<Container>;
  /** Of one of the twenty people, by number. @returns the outcome, or the HTTP status and fault. */
  login(person: number): Promise<string>;
}

/** To try another version on one side: gateways work with connectors of the version before, and the reverse. */
const programImages = {
  connector: process.env["CONNECTOR_IMAGE"] ?? images.drawbridge,
  gateway: process.env["GATEWAY_IMAGE"] ?? images.drawbridge,
} as const;
/** As the chart runs it. */
const hardened = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp"];
const shippedFolder = join(import.meta.dirname, "../../deploy/nats");
/** One login each at a time: many for one account look like guessing. */
export const people = 20;
const opsPort = 9400;
const httpPort = 8080;
const readyTimeoutMs = 30_000;
const probeIntervalMs = 20;

export async function startContained(): Promise<ContainedSystem> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("image"));
  const engine = cleanup.use(await openEngine());
  const files = await writeFiles(scratch);
  const mount = (folder: string, place: string): string => `--volume=${join(files, folder)}:${place}:ro`;
  await engine.run(
    "nats",
    mount("nats", "/etc/nats"),
    ...natsEnvironment(),
    images.nats,
    "--config",
    "/etc/nats/drawbridge.conf",
  );
  const fill = "mkdir -p /data/database && slapadd -q -f /files/slapd.conf -l /files/seed.ldif";
  const serve = "exec slapd -d 0 -f /files/slapd.conf -h ldaps://0.0.0.0:636/";
  const directory = await engine.run(
    "directory",
    mount("directory", "/files"),
    "--entrypoint=sh",
    images.openldap,
    "-c",
    `${fill} && ${serve}`,
  );
  const program = async (alias: string, name: "connector" | "gateway"): Promise<Container> => {
    const ports = [opsPort, httpPort].map((port) => `--publish=127.0.0.1::${port}`);
    const container = await engine.run(
      alias,
      ...hardened,
      ...ports,
      mount(".", "/etc/drawbridge"),
      programImages[name],
      name,
      `--config=${name}.yaml`,
    );
    await untilReady(container);
    return container;
  };
  let started = 0;
  const startConnector = (): Promise<Container> => program(`connector-${(started += 1)}`, "connector");
  const connectors = [await startConnector(), await startConnector()];
  const gateway = await program("gateway", "gateway");
  const url = `${await gateway.url(httpPort)}/v1/login`;
  const owned = cleanup.move();
  return {
    directory,
    connectors,
    gateway,
    startConnector,
    login: (person) => login(url, person),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

export async function untilReady(container: Container): Promise<void> {
  const url = `${await container.url(opsPort)}/readyz`;
  const giveUpAt = performance.now() + readyTimeoutMs;
  for (;;) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (performance.now() > giveUpAt) throw new Error(`not ready:\n${await container.docker("logs")}`);
    await new Promise((resolve) => setTimeout(resolve, probeIntervalMs));
  }
}

async function login(url: string, person: number): Promise<string> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: `u${person + 1}`, password: rightPassword }),
  });
  const body: unknown = await answer.json();
  const { outcome, fault } = { outcome: undefined, fault: undefined, ...Object(body) };
  return answer.status === 200 ? String(outcome) : `${answer.status} ${String(fault)}`;
}

/** Everything that is mounted, where anybody in a container may read it. */
async function writeFiles(scratch: Scratch): Promise<string> {
  const { folder } = scratch;
  const made = await runCli(["keys", "--out", join(folder, "keys"), "--connection", "corp"]);
  if (made.code !== 0) throw new Error(made.stderr);
  const authority = await createAuthority(folder);
  await mkdir(join(folder, "directory"));
  await cp(shippedFolder, join(folder, "nats"), { recursive: true });
  await copyFile(join(folder, "keys", "users.conf"), join(folder, "nats", "users.conf"));
  for (const name of ["nats", "directory"]) {
    const { certificateFile, keyFile } = await authority.issue(name, { dns: [name], ip: [] });
    await copyFile(certificateFile, join(folder, name, "tls.crt"));
    await copyFile(keyFile, join(folder, name, "tls.key"));
    await copyFile(authority.caFile, join(folder, name, "ca.crt"));
  }
  const tls = { certificateFile: "/files/tls.crt", keyFile: "/files/tls.key", caFile: "/files/ca.crt" };
  const slapd = { folder: "/data", tls, listedMax: undefined, demandsCertificate: false, hidden: [] };
  await scratch.write("directory/slapd.conf", slapdConfig(slapd));
  await scratch.write("directory/seed.ldif", seed(people));
  await scratch.write("directory/password", serviceAccount.password);
  const bus = { servers: ["tls://nats:4222"], caFile: "nats/ca.crt" };
  const connection = {
    identityKeyFile: "keys/corp.connector.key",
    gatewayKeyFiles: ["keys/gateway.pub"],
    directory: {
      preset: "openldap",
      controllers: ["ldaps://directory"],
      caFile: "directory/ca.crt",
      baseDn: suffix,
      serviceAccount: { name: uidDn(serviceAccount.account), passwordFile: "directory/password" },
    },
  };
  const connector = {
    nats: { ...bus, nkeyFile: "keys/nats-connector.nk" },
    connector: { connections: { corp: connection } },
  };
  const gateway = {
    nats: { ...bus, nkeyFile: "keys/nats-gateway.nk" },
    gateway: {
      identityKeyFile: "keys/gateway.key",
      connections: { corp: { connectorKeyFiles: ["keys/corp.connector.pub"] } },
    },
  };
  await scratch.write("connector.yaml", JSON.stringify(connector));
  await scratch.write("gateway.yaml", JSON.stringify(gateway));
  await readableByAll(folder);
  return folder;
}

async function readableByAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

function natsEnvironment(): readonly string[] {
  return [
    "--env=DRAWBRIDGE_NATS_NAME=nats",
    "--env=DRAWBRIDGE_NATS_LISTEN=0.0.0.0:4222",
    "--env=DRAWBRIDGE_NATS_CERTIFICATE=/etc/nats/tls.crt",
    "--env=DRAWBRIDGE_NATS_KEY=/etc/nats/tls.key",
    "--env=DRAWBRIDGE_NATS_STORE=/tmp/store",
  ];
}
