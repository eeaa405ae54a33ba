/**
 * A gateway with a status page, three replicas of which one has other settings, and real servers behind them.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { importIdentityKey } from "../../src/protocol/identity-key.ts";
import { encodeMessage } from "../../src/protocol/messages.ts";
import { createProcessId, heartbeatSubject, reportSubject } from "../../src/protocol/subjects.ts";
import { startConnector, startGateway } from "./drawbridge.ts";
import type { GatewayProgram } from "./drawbridge.ts";
import { createIdentityKeys } from "./identity-keys.ts";
import type { IdentityKeys } from "./identity-keys.ts";
import { madeHeartbeat } from "./made-heartbeat.ts";
import { signReport } from "./made-report.ts";
import { corp } from "./memory-system.ts";
import { startNats } from "./nats-server.ts";
import type { Nats } from "./nats-server.ts";
import type { Program } from "./program.ts";
import { createScratch } from "./scratch.ts";
import { startSlapd } from "./slapd.ts";
import type { Slapd } from "./slapd.ts";

export interface StatusSystem extends AsyncDisposable {
  readonly slapd: Slapd;
  readonly nats: Nats;
  readonly keys: IdentityKeys;
  readonly gateway: GatewayProgram;
  readonly statusUrl: string;
  readonly token: string;
  readonly tokenFile: string;
  /** The last has fewer slots than the others. */
  readonly replicas: readonly { readonly program: Program; readonly id: string }[];
  /** A replica of another version beats and reports until it is disposed. */
  startOtherVersion(version: string): Promise<AsyncDisposable & { readonly id: string }>;
}

const startedTimeoutMs = 20_000;
const beatMs = 200;

export async function startStatusSystem(): Promise<StatusSystem> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("status"));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const token = randomBytes(32).toString("base64url");
  const tokenFile = await scratch.write("token", `${token}\n`);
  const [slapd, nats] = await Promise.all([startSlapd(), startNats()]);
  cleanup.use(slapd);
  cleanup.use(nats);
  const replicas = await Promise.all(
    [64, 64, 32].map(async (inFlightMax, index) => {
      const name = `replica-${index + 1}`;
      const connections = { corp: { directory: slapd } };
      const program = cleanup.use(await startConnector({ nats, keys, name, inFlightMax, connections }));
      const started = await program.findLog(({ msg }) => msg === "started", startedTimeoutMs);
      return { program, id: String(started["replica"]) };
    }),
  );
  const settings = { status: { port: 0, tokenFile } };
  const gateway = cleanup.use(await startGateway({ nats, keys, connections: ["corp"], settings }));
  const port = await statusPortOf(gateway);
  const owned = cleanup.move();
  return {
    slapd,
    nats,
    keys,
    gateway,
    statusUrl: `http://127.0.0.1:${port}`,
    token,
    tokenFile,
    replicas,
    async startOtherVersion(version) {
      const identity = await importIdentityKey(await readFile(keys.connector("corp").keyFile, "utf8"));
      const connection = await nats.connectAs("connector");
      const replica = createProcessId(randomBytes);
      const beat = async (): Promise<void> => {
        const report = await signReport(identity, {
          replica,
          version,
          issuedAt: Date.now(),
          state: "not_ready",
        });
        if (connection.isClosed()) return;
        connection.publish(reportSubject(corp), encodeMessage({ v: 1, type: "report", report }));
        connection.publish(
          heartbeatSubject(corp, "password"),
          encodeMessage(madeHeartbeat({ replica, state: "not_ready" })),
        );
      };
      const beating = setInterval(() => void beat(), beatMs);
      return {
        id: replica,
        async [Symbol.asyncDispose]() {
          clearInterval(beating);
          await connection.close();
        },
      };
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

export async function statusPortOf(gateway: Program): Promise<number> {
  const listening = await gateway.findLog(
    ({ msg, server }) => msg === "listening" && server === "status",
    startedTimeoutMs,
  );
  return Number(listening["port"]);
}
