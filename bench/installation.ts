/**
 * One directory and one NATS server, and in front of them as many of the programs as somebody wants to measure.
 *
 * The programs run from what `npm run build` makes, because that is what operators run.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startConnector, startGateway } from "../test/support/drawbridge.ts";
import type { DirectoryOfConnection, GatewayOptions, GatewayProgram } from "../test/support/drawbridge.ts";
import { createIdentityKeys } from "../test/support/identity-keys.ts";
import type { IdentityKeys } from "../test/support/identity-keys.ts";
import { startNats } from "../test/support/nats-server.ts";
import type { Nats } from "../test/support/nats-server.ts";
import type { Circumstances, Program } from "../test/support/program.ts";
import { createScratch } from "../test/support/scratch.ts";
import { startSlapd } from "../test/support/slapd.ts";
import type { Slapd, SlapdOptions } from "../test/support/slapd.ts";
import type { Driver, DriverOptions } from "./driver.ts";
import { startDriver } from "./driver.ts";
import type { DriverName } from "./driver.ts";

const root = join(import.meta.dirname, "..");
const ldapsPort = 636;
/** More than any load here has in flight, so that nobody is turned away. */
const inFlightMax = 1_024;

export interface InstallationOptions {
  readonly users: number;
  /** Of the programs; what `npm run build` makes unless told. */
  readonly main?: string;
  /** Names to log in at. */
  readonly connections: readonly string[];
  readonly directory?: SlapdOptions;
  /** Of the programs; their own settings stay. */
  readonly env?: Readonly<Record<string, string>>;
}

export class Installation implements AsyncDisposable {
  readonly directory: Slapd;
  readonly nats: Nats;
  readonly users: number;
  readonly #keys: IdentityKeys;
  readonly #circumstances: Circumstances;
  readonly #cleanup: AsyncDisposableStack;

  private constructor(
    directory: Slapd,
    nats: Nats,
    users: number,
    keys: IdentityKeys,
    circumstances: Circumstances,
    cleanup: AsyncDisposableStack,
  ) {
    this.directory = directory;
    this.nats = nats;
    this.users = users;
    this.#keys = keys;
    this.#circumstances = circumstances;
    this.#cleanup = cleanup;
  }

  static async start(options: InstallationOptions): Promise<Installation> {
    const { users, connections, main = builtMain, env = {} } = options;
    const circumstances = {
      main,
      env: { ...env, NODE_OPTIONS: `${shippedNodeOptions(main)} ${env["NODE_OPTIONS"] ?? ""}` },
    };
    await using cleanup = new AsyncDisposableStack();
    const directory = cleanup.use(await startSlapd({ usersMax: users, ...options.directory }));
    const nats = cleanup.use(await startNats());
    const scratch = cleanup.use(await createScratch("bench"));
    const keys = await createIdentityKeys(scratch.folder, connections);
    return new Installation(directory, nats, users, keys, circumstances, cleanup.move());
  }

  /** Of the bus and the directory. */
  get pids(): Readonly<Record<"nats" | "directory", number>> {
    return { nats: this.nats.nodes[0]?.pid ?? 0, directory: this.directory.pid };
  }

  gateway(connections: readonly string[], more: Partial<GatewayOptions> = {}): Promise<GatewayProgram> {
    return startGateway({
      nats: this.nats,
      keys: this.#keys,
      connections,
      settings: { inFlightMax: 10_000 },
      circumstances: this.#circumstances,
      ...more,
    });
  }

  /** @param more  Of each connection. */
  replica(
    connections: string | readonly string[],
    port: number,
    pool: number,
    more: Partial<DirectoryOfConnection> = {},
  ): Promise<Program> {
    const directory = {
      directory: this.directory,
      controllers: [this.#url(port)],
      settings: { bindConnectionsMax: pool },
      ...more,
    };
    return startConnector({
      nats: this.nats,
      keys: this.#keys,
      inFlightMax,
      connections: Object.fromEntries([connections].flat().map((connection) => [connection, directory])),
      circumstances: this.#circumstances,
    });
  }

  driver(
    name: DriverName,
    { port = ldapsPort, ...options }: Partial<DriverOptions> & { readonly port?: number },
  ): Promise<Driver> {
    const { ca, baseDn, serviceAccount: service, password } = this.directory;
    return startDriver(name, {
      url: this.#url(port),
      ca,
      baseDn,
      service,
      password,
      users: this.users,
      pool: 1,
      ...options,
    });
  }

  #url(port: number): string {
    return `ldaps://${this.directory.address}:${port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup[Symbol.asyncDispose]();
  }
}

/** What operators run. */
const builtMain = join(root, "dist/cli/main.js");

/** Node's options in the first line of the command. */
function shippedNodeOptions(main: string): string {
  const [first = ""] = readFileSync(main, "utf8").split("\n");
  return / -S node (.*)$/.exec(first)?.[1] ?? "";
}

export function build(): void {
  const built = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "--project", "tsconfig.build.json"],
    { cwd: root, stdio: "inherit" },
  );
  if (built.status !== 0) throw new Error("the programs could not be built");
}
