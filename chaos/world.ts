/**
 * The whole system, every part and every line between two parts breakable: a NATS cluster of three nodes, two controllers, connector
 * replicas, gateways.
 *
 * @module
 */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startConnector, startGateway } from "../test/support/drawbridge.ts";
import type { GatewayProgram } from "../test/support/drawbridge.ts";
import { createIdentityKeys } from "../test/support/identity-keys.ts";
import type { IdentityKeys } from "../test/support/identity-keys.ts";
import { findFreeAddress } from "../test/support/loopback.ts";
import { startNats } from "../test/support/nats-server.ts";
import type { Nats } from "../test/support/nats-server.ts";
import type { Circumstances, Program } from "../test/support/program.ts";
import { createScratch } from "../test/support/scratch.ts";
import { startTcpProxy } from "../test/support/tcp-proxy.ts";
import type { Direction, TcpProxy } from "../test/support/tcp-proxy.ts";
import type { Credentials } from "./credentials.ts";
import type { ChaosDirectory } from "./directory.ts";

export interface WorldOptions {
  readonly directory: ChaosDirectory;
  readonly replicas: number;
  readonly gateways: number;
  /** Passwords need nothing of the programs. */
  readonly credentials?: Pick<Credentials, "connection" | "connector" | "gateway">;
  /** The first replica and the first gateway live through everything. */
  readonly sparesFirst?: boolean;
}

/** Several lines that break and heal as one. */
export class Lines {
  readonly all: readonly TcpProxy[];

  constructor(all: readonly TcpProxy[]) {
    this.all = all;
  }

  blackHole(direction?: Direction): void {
    for (const line of this.all) line.blackHole(direction);
  }

  cut(): void {
    for (const line of this.all) line.cut();
  }

  delay(ms: number): void {
    for (const line of this.all) line.delay(ms);
  }

  heal(): void {
    for (const line of this.all) line.heal();
  }
}

export interface Replica {
  readonly program: Program;
  /** To every NATS node. */
  readonly natsLines: Lines;
  /** To every controller. */
  readonly controllerLines: Lines;
}

interface GatewayPart {
  readonly program: GatewayProgram;
  readonly natsLines: Lines;
}

const ldapsPort = 636;
const natsPort = 4222;
const settleTimeoutMs = 30_000;
const pollMs = 20;
/** The controllers, as the replicas know them. */
export const hosts = ["dc1.chaos.test", "dc2.chaos.test"] as const;
const preload = join(import.meta.dirname, "replica-preload.ts");

export class World implements AsyncDisposable {
  readonly nats: Nats;
  readonly directory: ChaosDirectory;
  readonly #keys: IdentityKeys;
  readonly #cleanup: AsyncDisposableStack;
  #replicas: readonly Replica[] = [];
  #gateways: readonly GatewayPart[] = [];
  /** Everyone that ever ran, because what a dead replica said still counts. */
  readonly #everyReplica: Replica[] = [];
  readonly #credentials: NonNullable<WorldOptions["credentials"]>;
  readonly #sparesFirst: boolean;
  #names = 0;
  #hasStarted = false;

  private constructor(
    nats: Nats,
    keys: IdentityKeys,
    { directory, credentials, sparesFirst = false }: WorldOptions,
    cleanup: AsyncDisposableStack,
  ) {
    this.nats = nats;
    this.#keys = keys;
    this.directory = directory;
    this.#credentials = credentials ?? { connection: {}, connector: {}, gateway: {} };
    this.#sparesFirst = sparesFirst;
    this.#cleanup = cleanup;
  }

  static async start(options: WorldOptions): Promise<World> {
    await using cleanup = new AsyncDisposableStack();
    const scratch = cleanup.use(await createScratch("chaos"));
    const keys = await createIdentityKeys(scratch.folder, ["corp"]);
    const nats = cleanup.use(await startNats({ nodes: 3, jetStream: true }));
    const world = new World(nats, keys, options, cleanup.move());
    try {
      await Promise.all([
        ...Array.from({ length: options.replicas }, () => world.addReplica()),
        ...Array.from({ length: options.gateways }, () => world.addGateway()),
      ]);
      world.#hasStarted = true;
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Those that run, frozen ones too. */
  get replicas(): readonly Replica[] {
    return this.#replicas.filter(({ program }) => program.isRunning());
  }

  get everyReplica(): readonly Replica[] {
    return this.#everyReplica;
  }

  get gateways(): readonly GatewayPart[] {
    return this.#gateways.filter(({ program }) => program.isRunning());
  }

  /** The replica that is to suffer. */
  get victim(): Replica {
    const replica = this.replicas[this.#sparesFirst ? 1 : 0];
    if (replica === undefined) throw new Error("there are too few replicas");
    return replica;
  }

  get victimGateway(): GatewayPart {
    const gateway = this.gateways[this.#sparesFirst ? 1 : 0];
    if (gateway === undefined) throw new Error("there are too few gateways");
    return gateway;
  }

  /** @param before  Breaks lines before the replica starts. */
  async addReplica(
    circumstances: Circumstances = {},
    before: (lines: Pick<Replica, "natsLines" | "controllerLines">) => void = () => {},
  ): Promise<Replica> {
    const natsLines = await this.#linesTo(this.nats.nodes.map(({ address }) => [address, natsPort]));
    const { controllers } = this.directory;
    const controllerLines = await this.#controllerLines();
    const [directory] = controllers;
    before({ natsLines, controllerLines });
    const program = this.#cleanup.use(
      await startConnector({
        nats: this.nats,
        keys: this.#keys,
        name: this.#nextName("replica"),
        natsServers: natsUrls(natsLines),
        connections: {
          corp: {
            directory,
            controllers: hosts.map((host) => `ldaps://${host}`),
            tlsName: this.directory.tlsName,
            ...this.#credentials.connection,
          },
        },
        ...this.#credentials.connector,
        circumstances: {
          preload,
          env: { CHAOS_HOSTS: JSON.stringify(addressesOf(controllerLines)) },
          startsAside: this.#hasStarted,
          ...circumstances,
        },
      }),
    );
    const replica = { program, natsLines, controllerLines };
    this.#replicas = [...this.#replicas, replica];
    this.#everyReplica.push(replica);
    return replica;
  }

  async addGateway(): Promise<GatewayPart> {
    const natsLines = await this.#linesTo(this.nats.nodes.map(({ address }) => [address, natsPort]));
    const program = this.#cleanup.use(
      await startGateway({
        nats: this.nats,
        keys: this.#keys,
        name: this.#nextName("gateway"),
        natsServers: natsUrls(natsLines),
        connections: ["corp"],
        ...this.#credentials.gateway,
        circumstances: { startsAside: this.#hasStarted },
      }),
    );
    const gateway = { program, natsLines };
    this.#gateways = [...this.#gateways, gateway];
    return gateway;
  }

  /** Index of the NATS node that carries most now. */
  async busiestNode(): Promise<number> {
    return busiest([...this.replicas, ...this.gateways].map(({ natsLines }) => natsLines));
  }

  /** Index of the controller that is asked most now. */
  async busiestController(): Promise<number> {
    return busiest(this.replicas.map(({ controllerLines }) => controllerLines));
  }

  /** Resolves once so many replicas say that they are ready, and every gateway sees them. */
  async settled(replicas: number): Promise<void> {
    await waitUntil(async () => {
      if (this.replicas.length !== replicas) return [`there are ${this.replicas.length} replicas`];
      return differing(this.gateways, "drawbridge_replicas_ready", replicas);
    });
  }

  /** Resolves once everybody's connection to NATS stands. */
  async connected(): Promise<void> {
    const members = [...this.gateways, ...this.replicas];
    await waitUntil(() => differing(members, "drawbridge_bus_connected", 1));
  }

  async #linesTo(targets: readonly (readonly [address: string, port: number])[]): Promise<Lines> {
    const lines = await Promise.all(
      targets.map(([address, port]) => startTcpProxy({ host: address, target: { host: address, port } })),
    );
    for (const line of lines) this.#cleanup.use(line);
    return new Lines(lines);
  }

  /** Each on an address of its own, so that the controllers' names and ports are the same for every replica. */
  async #controllerLines(): Promise<Lines> {
    const lines = await Promise.all(
      this.directory.controllers.map(async ({ address }) => {
        const host = await findFreeAddress([ldapsPort]);
        return startTcpProxy({ host, port: ldapsPort, target: { host: address, port: ldapsPort } });
      }),
    );
    for (const line of lines) this.#cleanup.use(line);
    return new Lines(lines);
  }

  #nextName(kind: string): string {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }
}

const observationMs = 200;

/** Which of the ends of these lines most bytes come from and go to, under the load of the moment. */
async function busiest(all: readonly Lines[]): Promise<number> {
  const read = (): readonly number[] =>
    (all[0]?.all ?? []).map((_, end) => all.reduce((sum, lines) => sum + (lines.all[end]?.bytes ?? 0), 0));
  const before = read();
  await sleep(observationMs);
  const growth = read().map((bytes, end) => bytes - (before[end] ?? 0));
  return growth.indexOf(Math.max(...growth));
}

function natsUrls({ all }: Lines): readonly string[] {
  return all.map(({ host, port }) => `tls://${host}:${port}`);
}

function addressesOf({ all }: Lines): Readonly<Record<string, string>> {
  return Object.fromEntries(all.map(({ host }, index) => [hosts[index] ?? "", host]));
}

/** @throws {Error} with what is still amiss after {@link settleTimeoutMs}. */
async function waitUntil(findAmiss: () => Promise<readonly string[]>): Promise<void> {
  const giveUpAt = performance.now() + settleTimeoutMs;
  for (;;) {
    const amiss = await findAmiss();
    if (amiss.length === 0) return;
    if (performance.now() > giveUpAt)
      throw new Error(`the system did not become whole again: ${amiss.join(", ")}`);
    await sleep(pollMs);
  }
}

async function differing(
  members: readonly { readonly program: Program }[],
  metric: string,
  wanted: number,
): Promise<readonly string[]> {
  const values = await Promise.all(members.map(({ program }) => program.readMetric(metric).catch(String)));
  return members.flatMap(({ program }, index) =>
    values[index] === wanted ? [] : [`${metric} of ${program.name} is ${values[index]}, not ${wanted}`],
  );
}
