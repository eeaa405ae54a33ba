/**
 * The whole system in front of a Kerberos realm: real processes, a KDC, a store that the replicas share.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { startConnector, startGateway } from "./drawbridge.ts";
import type { ConnectorOptions, GatewayProgram } from "./drawbridge.ts";
import { createIdentityKeys } from "./identity-keys.ts";
import { createRealm, firstServicePassword } from "./kerberos-realm.ts";
import type { KerberosRealm } from "./kerberos-realm.ts";
import type { LabDirectory } from "./lab-directory.ts";
import { startNats } from "./nats-server.ts";
import type { Nats } from "./nats-server.ts";
import type { Program } from "./program.ts";
import { startSamba } from "./samba.ts";
import type { Samba } from "./samba.ts";
import { createScratch } from "./scratch.ts";

export interface TicketSystem extends AsyncDisposable {
  readonly samba: Samba;
  readonly realm: KerberosRealm;
  readonly nats: Nats;
  readonly gateway: GatewayProgram;
  readonly replicas: readonly Program[];
  /** As the replicas were started. */
  readonly connector: ConnectorOptions;
  /** The process in which this replica opens tickets. */
  acceptorOf(replica: Program): Promise<number>;
  /** Puts another keytab in its place, as Kubernetes does. */
  replaceKeytab(keytab: Uint8Array): Promise<void>;
}

export interface TicketSystemOptions {
  /** Where the people of the realm are looked up, instead of at its own controller. */
  readonly people?: LabDirectory;
  /** 2 unless told. */
  readonly replicas?: number;
  readonly natsNodes?: 1 | 3;
  readonly whenUnknown?: "refuse" | "accept";
  /** Of each replica; 64 unless told. */
  readonly inFlightMax?: number;
  readonly say?: (sentence: string) => void;
}

export async function startTicketSystem(options: TicketSystemOptions = {}): Promise<TicketSystem> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("tickets"));
  const say = options.say === undefined ? {} : { say: options.say };
  const samba = cleanup.use(await startSamba({ services: "all", ...say }));
  const realm = cleanup.use(await createRealm(samba));
  const nats = cleanup.use(await startNats({ nodes: options.natsNodes ?? 1, jetStream: true }));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const stateKeyFile = await scratch.write("state.key", randomBytes(32).toString("base64"));
  const keytabFile = await scratch.write("http.keytab", "");
  const replaceKeytab = async (keytab: Uint8Array): Promise<void> => {
    await writeFile(`${keytabFile}.new`, keytab, { mode: 0o600 });
    await rename(`${keytabFile}.new`, keytabFile);
  };
  await replaceKeytab(realm.keytab({ [await realm.keyVersion()]: firstServicePassword }));

  const kerberos = {
    keytabFile,
    realms: { [realm.name]: realm.name.toLowerCase() },
    replays: { whenUnknown: options.whenUnknown ?? "refuse" },
  };
  const connector: ConnectorOptions = {
    nats,
    keys,
    connections: { corp: { directory: options.people ?? samba, kerberos } },
    stateKeyFiles: [stateKeyFile],
    ...(options.inFlightMax === undefined ? {} : { inFlightMax: options.inFlightMax }),
  };
  const replicas = await Promise.all(
    Array.from({ length: options.replicas ?? 2 }, async (_, index) =>
      cleanup.use(await startConnector({ ...connector, name: `replica-${index + 1}` })),
    ),
  );
  const gateway = cleanup.use(
    await startGateway({ nats, keys, connections: ["corp"], ticketNetworks: ["127.0.0.0/8"] }),
  );
  const owned = cleanup.move();
  return {
    samba,
    realm,
    nats,
    gateway,
    replicas,
    connector,
    async acceptorOf({ pid }) {
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
      const [child] = children.trim().split(" ").map(Number);
      if (child === undefined) throw new Error("this replica has no acceptor process");
      return child;
    },
    replaceKeytab,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
