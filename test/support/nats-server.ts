/**
 * A real NATS server, or a cluster of three, with the configuration that operators get.
 *
 * Copies of the shipped files are used as they are, beside a `users.conf` as `drawbridge keys` writes it. Added are an observer among
 * the users, which may listen to everything, so that tests can see what an eavesdropper on the bus would; and a user of JetStream, as
 * other applications of the cluster have them. JetStream is only on where a test wants it.
 *
 * @module
 */

import { copyFile, mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, nkeyAuthenticator, nkeys } from "nats";
import type { NatsConnection } from "nats";
import { findFreeAddress } from "./loopback.ts";
import { ensurePackages } from "./packages.ts";
import { createAuthority } from "./pki.ts";
import type { Authority } from "./pki.ts";
import { createScratch } from "./scratch.ts";
import type { Scratch } from "./scratch.ts";
import { startServer } from "./server-process.ts";
import type { ServerProcess } from "./server-process.ts";

export type NatsRole = (typeof roles)[number];

export interface NatsNode {
  /** `tls://127.x.y.z:4222` */
  readonly url: string;
  readonly address: string;
  readonly pid: number;
  freeze(): void;
  thaw(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM: an orderly shutdown. */
  terminate(): Promise<void>;
  /** Takes no new clients, sends the present ones away one by one, then ends. */
  enterLameDuckMode(): void;
  /** Starts it again on the same address; ends it first when it still runs. What it had stored is gone. */
  restart(): Promise<void>;
  /** Leaves no byte free where JetStream stores. */
  fillDisk(): Promise<void>;
  emptyDisk(): Promise<void>;
}

export interface Nats extends AsyncDisposable {
  readonly nodes: readonly NatsNode[];
  /** Every node's URL. */
  readonly servers: readonly string[];
  readonly ca: string;
  readonly caFile: string;
  /** Files with the NKey seed of each role. */
  readonly nkeyFiles: Readonly<Record<NatsRole, string>>;
  /** Public halves, for a configuration of the users. */
  readonly publicKeys: Readonly<Record<NatsRole, string>>;
  /** A bare client in that role; the caller closes it. */
  connectAs(role: NatsRole, node?: NatsNode): Promise<NatsConnection>;
  /** Has every node read another `users.conf`, which takes them a moment. */
  setUsers(text: string): Promise<void>;
}

export interface NatsOptions {
  /** 1 unless told. */
  readonly nodes?: 1 | 3;
  /** With JetStream, on a small disk of each node's own. */
  readonly jetStream?: boolean;
  /** Instead of the users that each role has otherwise: what stands in `users.conf`. */
  readonly users?: (publicKeys: Readonly<Record<NatsRole, string>>) => string;
  /** Told what takes long. */
  readonly say?: (sentence: string) => void;
}

interface NKey {
  readonly seed: Uint8Array;
  readonly publicKey: string;
  readonly file: string;
}

const roles = ["connector", "gateway", "auditor", "observer", "streamer"] as const;
const clientPort = 4222;
const routePort = 6222;
const monitorPort = 8222;
const readyTimeoutMs = 60_000;
const connectTimeoutMs = 10_000;
const clusterProbeMs = 20;
const diskSize = "16m";
const mountAndRun = 'mount -t tmpfs -o size="$1",mode=0700 none "$2" && shift 2 && exec "$@"';
const shippedFolder = join(import.meta.dirname, "../../deploy/nats");

/** Resolves when every node takes clients, and in a cluster knows the others. */
export async function startNats(options: NatsOptions = {}): Promise<Nats> {
  await ensurePackages(options.say);
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("nats"));
  const authority = await createAuthority(scratch.folder);
  const keys = await createKeys(scratch);
  const addresses = await Promise.all(
    Array.from({ length: options.nodes ?? 1 }, () => findFreeAddress([clientPort, routePort, monitorPort])),
  );
  const connectTo = (role: NatsRole, servers: readonly string[]): Promise<NatsConnection> =>
    connect({
      servers: [...servers],
      tls: { ca: authority.ca },
      authenticator: nkeyAuthenticator(keys[role].seed),
      reconnect: false,
      timeout: connectTimeoutMs,
    });
  // One path for all nodes: each mounts a disk of its own there, which nobody else sees, and which goes with the process.
  const store = join(scratch.folder, "store");
  await mkdir(store);
  const hasJetStream = options.jetStream === true;
  for (const name of await readdir(shippedFolder)) {
    await copyFile(join(shippedFolder, name), join(scratch.folder, name));
  }
  const publicKeys = mapRoles((role) => keys[role].publicKey);
  const usersFile = await scratch.write("users.conf", (options.users ?? usersOf)(publicKeys));
  const configFile = await scratch.write("nats.conf", configuration(addresses.length, hasJetStream));
  const nodes = await Promise.all(
    addresses.map(async (address) => {
      const environment = {
        ...(await nodeEnvironment(address, addresses, authority)),
        DRAWBRIDGE_NATS_STORE: store,
      };
      const node = await startNode(
        address,
        configFile,
        environment,
        hasJetStream ? store : undefined,
        (url) => connectTo("observer", [url]),
      );
      return cleanup.use(node);
    }),
  );
  for (const { address } of nodes) await waitForRoutes(address, nodes.length - 1);
  const owned = cleanup.move();

  return {
    nodes,
    servers: nodes.map(({ url }) => url),
    ca: authority.ca,
    caFile: authority.caFile,
    nkeyFiles: mapRoles((role) => keys[role].file),
    publicKeys,
    connectAs: (role, node) => connectTo(role, node === undefined ? nodes.map(({ url }) => url) : [node.url]),
    async setUsers(text) {
      await writeFile(usersFile, text);
      for (const { pid } of nodes) process.kill(pid, "SIGHUP");
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function mapRoles<T>(of: (role: NatsRole) => T): Record<NatsRole, T> {
  return {
    connector: of("connector"),
    gateway: of("gateway"),
    auditor: of("auditor"),
    observer: of("observer"),
    streamer: of("streamer"),
  };
}

async function createKeys(scratch: Scratch): Promise<Record<NatsRole, NKey>> {
  const createKey = async (role: NatsRole): Promise<NKey> => {
    const pair = nkeys.createUser();
    const seed = pair.getSeed();
    const file = await scratch.write(`${role}.nkey`, Buffer.from(seed).toString("ascii"));
    return { seed, publicKey: pair.getPublicKey(), file };
  };
  const [connector, gateway, auditor, observer, streamer] = await Promise.all([
    createKey("connector"),
    createKey("gateway"),
    createKey("auditor"),
    createKey("observer"),
    createKey("streamer"),
  ]);
  return { connector, gateway, auditor, observer, streamer };
}

function configuration(nodeCount: number, hasJetStream: boolean): string {
  const shipped = nodeCount === 1 ? "drawbridge.conf" : "drawbridge-cluster.conf";
  return `
include "${shipped}"
http: $DRAWBRIDGE_NATS_MONITOR
${hasJetStream ? "" : "jetstream: disabled"}
`;
}

/** As `drawbridge keys` writes it, and the users that only tests have. */
export function usersOf({
  connector,
  gateway,
  auditor,
  observer,
  streamer,
}: Readonly<Record<NatsRole, string>>): string {
  return `
include "connector-permissions.conf"
include "gateway-permissions.conf"
include "auditor-permissions.conf"
authorization {
  timeout: 3
  users: [
    { nkey: ${connector}, permissions: $CONNECTOR_PERMISSIONS }
    { nkey: ${gateway}, permissions: $GATEWAY_PERMISSIONS }
    { nkey: ${auditor}, permissions: $AUDITOR_PERMISSIONS }
    { nkey: ${observer}, permissions: { subscribe: ">", publish: { deny: ">" } } }
    { nkey: ${streamer}, permissions: { subscribe: "_INBOX.>", publish: ["$JS.API.>", "streamed.>"] } }
  ]
}
`;
}

async function nodeEnvironment(
  address: string,
  addresses: readonly string[],
  authority: Authority,
): Promise<Readonly<Record<string, string>>> {
  // @NOTE For a server that is named by its address the NATS client asks for a certificate of `localhost`.
  const certificate = await authority.issue(address, { dns: ["localhost"], ip: [address] });
  const routes = addresses.map((other, index) => [
    `DRAWBRIDGE_NATS_ROUTE_${index + 1}`,
    `nats://${other}:${routePort}`,
  ]);
  return {
    DRAWBRIDGE_NATS_NAME: `node-${address}`,
    DRAWBRIDGE_NATS_LISTEN: `${address}:${clientPort}`,
    DRAWBRIDGE_NATS_MONITOR: `${address}:${monitorPort}`,
    DRAWBRIDGE_NATS_CERTIFICATE: certificate.certificateFile,
    DRAWBRIDGE_NATS_KEY: certificate.keyFile,
    DRAWBRIDGE_NATS_CLUSTER_LISTEN: `${address}:${routePort}`,
    DRAWBRIDGE_NATS_CLUSTER_CA: authority.caFile,
    ...Object.fromEntries(routes),
  };
}

/** @see https://docs.nats.io/running-a-nats-service/nats_admin/monitoring — /routez */
async function waitForRoutes(address: string, otherNodes: number): Promise<void> {
  const giveUpAt = performance.now() + readyTimeoutMs;
  const signal = AbortSignal.timeout(readyTimeoutMs);
  while (performance.now() < giveUpAt) {
    const answer = await fetch(`http://${address}:${monitorPort}/routez`, { signal });
    const { routes = [] } = (await answer.json()) as { readonly routes?: readonly { remote_id: string }[] };
    if (new Set(routes.map(({ remote_id }) => remote_id)).size === otherNodes) return;
    await sleep(clusterProbeMs);
  }
  throw new Error("the nodes of the NATS cluster did not find each other");
}

async function startNode(
  address: string,
  configFile: string,
  environment: Readonly<Record<string, string>>,
  store: string | undefined,
  connectTo: (url: string) => Promise<NatsConnection>,
): Promise<NatsNode & AsyncDisposable> {
  const url = `tls://${address}:${clientPort}`;
  const args = ["--config", configFile];
  const start = (): Promise<ServerProcess> =>
    startServer({
      name: "nats-server",
      ...(store === undefined
        ? { command: "nats-server", args }
        : {
            command: "unshare",
            args: ["--mount", "bash", "-c", mountAndRun, "bash", diskSize, store, "nats-server", ...args],
          }),
      env: environment,
      readyTimeoutMs,
      ready: async () => {
        await (await connectTo(url)).close();
        return true;
      },
    });
  let server = await start();
  const ballast = (): string => {
    if (store === undefined) throw new Error("this node has no disk of its own");
    return join(`/proc/${server.pid}/root`, store, "ballast");
  };
  return {
    url,
    address,
    get pid() {
      return server.pid;
    },
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    async kill() {
      await server.kill();
    },
    async terminate() {
      await server.terminate();
    },
    enterLameDuckMode: () => process.kill(server.pid, "SIGUSR2"),
    async restart() {
      await server[Symbol.asyncDispose]();
      server = await start();
    },
    fillDisk: () => fillUp(ballast()),
    emptyDisk: () => rm(ballast()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const ballastPiece = Buffer.alloc(4_096);

async function fillUp(path: string): Promise<void> {
  await using file = await open(path, "w");
  for (;;) {
    const written = await file.write(ballastPiece).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOSPC") return undefined;
      throw error;
    });
    if (written === undefined) return;
  }
}
