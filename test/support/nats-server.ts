/**
 * A real NATS server, or a cluster of three, with the configuration that operators get.
 *
 * The shipped files are used as they are. Added are an observer among the users, which may listen to everything, so that tests can
 * see what an eavesdropper on the bus would; and a user of JetStream, as other applications of the cluster have them. JetStream is only
 * on where a test wants it.
 *
 * @module
 */

import { mkdir, open, rm } from "node:fs/promises";
import { join, relative } from "node:path";
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
  /** A bare client in that role; the caller closes it. */
  connectAs(role: NatsRole, node?: NatsNode): Promise<NatsConnection>;
}

export interface NatsOptions {
  /** 1 unless told. */
  readonly nodes?: 1 | 3;
  /** With JetStream, on a small disk of each node's own. */
  readonly jetStream?: boolean;
  /** Told what takes long. */
  readonly say?: (sentence: string) => void;
}

interface NKey {
  readonly seed: Uint8Array;
  readonly publicKey: string;
  readonly file: string;
}

const roles = ["connector", "gateway", "observer", "streamer"] as const;
const clientPort = 4222;
const routePort = 6222;
const monitorPort = 8222;
const readyTimeoutMs = 10_000;
const connectTimeoutMs = 2_000;
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
  const configFile = await scratch.write(
    "nats.conf",
    configuration(scratch.folder, addresses.length, keys, hasJetStream),
  );
  const nodes = await Promise.all(
    addresses.map(async (address) => {
      const environment = {
        ...(await nodeEnvironment(address, addresses, authority, keys)),
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
    nkeyFiles: {
      connector: keys.connector.file,
      gateway: keys.gateway.file,
      observer: keys.observer.file,
      streamer: keys.streamer.file,
    },
    connectAs: (role, node) => connectTo(role, node === undefined ? nodes.map(({ url }) => url) : [node.url]),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

async function createKeys(scratch: Scratch): Promise<Record<NatsRole, NKey>> {
  const createKey = async (role: NatsRole): Promise<NKey> => {
    const pair = nkeys.createUser();
    const seed = pair.getSeed();
    const file = await scratch.write(`${role}.nkey`, Buffer.from(seed).toString("ascii"));
    return { seed, publicKey: pair.getPublicKey(), file };
  };
  const [connector, gateway, observer, streamer] = await Promise.all([
    createKey("connector"),
    createKey("gateway"),
    createKey("observer"),
    createKey("streamer"),
  ]);
  return { connector, gateway, observer, streamer };
}

/** A later section replaces an earlier one, so this repeats the two shipped users by name and adds the observer. */
function configuration(
  folder: string,
  nodeCount: number,
  keys: Record<NatsRole, NKey>,
  hasJetStream: boolean,
): string {
  const shipped = nodeCount === 1 ? "drawbridge.conf" : "drawbridge-cluster.conf";
  return `
include "${relative(folder, join(shippedFolder, shipped))}"
http: $DRAWBRIDGE_NATS_MONITOR
${hasJetStream ? "" : "jetstream: disabled"}
authorization {
  timeout: 3
  users: [
    { nkey: $DRAWBRIDGE_CONNECTOR_NKEY, permissions: $CONNECTOR_PERMISSIONS }
    { nkey: $DRAWBRIDGE_GATEWAY_NKEY, permissions: $GATEWAY_PERMISSIONS }
    { nkey: ${keys.observer.publicKey}, permissions: { subscribe: ">", publish: { deny: ">" } } }
    { nkey: ${keys.streamer.publicKey}, permissions: { subscribe: "_INBOX.>", publish: ["$JS.API.>", "streamed.>"] } }
  ]
}
`;
}

async function nodeEnvironment(
  address: string,
  addresses: readonly string[],
  authority: Authority,
  keys: Record<NatsRole, NKey>,
): Promise<Readonly<Record<string, string>>> {
  // @NOTE For a server that is named by its address the NATS client asks for a certificate of `localhost`.
  const certificate = await authority.issue(address, { dns: ["localhost"], ip: [address] });
  const routes = addresses.map((other, index) => [
    `DRAWBRIDGE_NATS_ROUTE_${index + 1}`,
    `nats://${other}:${routePort}`,
  ]);
  return {
    DRAWBRIDGE_NATS_LISTEN: `${address}:${clientPort}`,
    DRAWBRIDGE_NATS_MONITOR: `${address}:${monitorPort}`,
    DRAWBRIDGE_NATS_CERTIFICATE: certificate.certificateFile,
    DRAWBRIDGE_NATS_KEY: certificate.keyFile,
    DRAWBRIDGE_CONNECTOR_NKEY: keys.connector.publicKey,
    DRAWBRIDGE_GATEWAY_NKEY: keys.gateway.publicKey,
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
  const args = ["--config", configFile, "--name", address];
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
