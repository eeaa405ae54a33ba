/**
 * The whole system as real processes: NATS, connector replicas, a gateway, in front of a directory that the test brings.
 *
 * What lies between the parts can be broken: each replica has its own line to NATS, all share one line to the controller.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { captureBus } from "./bus-capture.ts";
import type { BusCapture, CapturedMessage } from "./bus-capture.ts";
import { startConnector, startGateway } from "./drawbridge.ts";
import type { GatewayOptions, GatewayProgram } from "./drawbridge.ts";
import { createIdentityKeys } from "./identity-keys.ts";
import type { IdentityKeys } from "./identity-keys.ts";
import type { LabDirectory } from "./lab-directory.ts";
import { startNats } from "./nats-server.ts";
import type { Nats } from "./nats-server.ts";
import type { Program } from "./program.ts";
import { createScratch } from "./scratch.ts";
import { startTcpProxy } from "./tcp-proxy.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

export interface LoginReplica {
  readonly program: Program;
  /** Its id on the bus. */
  readonly id: string;
  /** Its line to NATS. */
  readonly natsLine: TcpProxy;
}

export interface LoginSystem extends AsyncDisposable {
  readonly nats: Nats;
  readonly keys: IdentityKeys;
  readonly gateway: GatewayProgram;
  readonly replicas: readonly LoginReplica[];
  readonly capture: BusCapture;
  /** The line between the replicas and the controller. */
  readonly controllerLine: TcpProxy;
  /** The replica that a sealed message went to, once one went there, for logins begun after this call. */
  nextGrant(timeoutMs?: number): Promise<LoginReplica>;
  /** As {@link nextGrant}, and it has announced its bind, or answered already. */
  nextBind(timeoutMs?: number): Promise<LoginReplica>;
}

export interface LoginSystemOptions {
  readonly directory: LabDirectory;
  /** 3 unless told. */
  readonly replicas?: number;
  readonly disclosure?: "proven" | "state";
  readonly apiTokens?: readonly object[];
  /** As the connector's and the gateway's sections of these names. */
  readonly certificates?: object;
  readonly clientCertificates?: GatewayOptions["clientCertificates"];
  /** Whether NATS has JetStream; not unless told. */
  readonly jetStream?: boolean;
  /** As both programs' sections of this name. */
  readonly audit?: Readonly<Record<"connector" | "gateway", object>>;
  readonly traces?: object;
  /** What else the gateway is told. */
  readonly gatewayOptions?: Partial<GatewayOptions>;
  /** False where a load is measured: a listener to everything doubles what NATS has to deliver. */
  readonly capture?: boolean;
}

const noCapture: BusCapture = {
  messages: [],
  everything: () => Promise.reject(new Error("this system was started without a capture")),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const ldapsPort = 636;
const grantTimeoutMs = 20_000;

export async function startLoginSystem(options: LoginSystemOptions): Promise<LoginSystem> {
  const { directory } = options;
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("system"));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const nats = cleanup.use(await startNats({ jetStream: options.jetStream ?? false }));
  const [node] = nats.nodes;
  if (node === undefined) throw new Error("no NATS node");
  const capture = cleanup.use(options.capture === false ? noCapture : await captureBus(nats));
  const controllerLine = cleanup.use(
    await startTcpProxy({ host: directory.address, target: { host: directory.address, port: ldapsPort } }),
  );
  const common = { nats, keys, ...(options.traces && { traces: options.traces }) };
  const start = async (number: number): Promise<LoginReplica> => {
    const natsLine = cleanup.use(
      await startTcpProxy({ host: node.address, target: { host: node.address, port: 4222 } }),
    );
    const program = cleanup.use(
      await startConnector({
        ...common,
        name: `replica-${number}`,
        ...(options.audit && { audit: options.audit.connector }),
        natsServers: [`tls://${natsLine.host}:${natsLine.port}`],
        connections: {
          corp: {
            directory,
            controllers: [`ldaps://${controllerLine.host}:${controllerLine.port}`],
            ...(options.certificates === undefined ? {} : { certificates: options.certificates }),
          },
        },
      }),
    );
    const started = await program.findLog(({ msg }) => msg === "started", 5_000);
    return { program, id: String(started["replica"]), natsLine };
  };
  const replicas = await Promise.all(
    Array.from({ length: options.replicas ?? 3 }, (_, index) => start(index + 1)),
  );
  const gateway = cleanup.use(
    await startGateway({
      ...common,
      connections: ["corp"],
      disclosure: options.disclosure ?? "proven",
      apiTokens: options.apiTokens ?? [],
      ...(options.clientCertificates && { clientCertificates: options.clientCertificates }),
      ...(options.audit && { audit: options.audit.gateway }),
      ...options.gatewayOptions,
    }),
  );
  const owned = cleanup.move();

  const next = async (
    matches: (message: CapturedMessage, replica: LoginReplica) => boolean,
    timeoutMs: number,
  ) => {
    const giveUpAt = performance.now() + timeoutMs;
    for (let index = capture.messages.length; performance.now() < giveUpAt;) {
      const message = capture.messages[index];
      if (message === undefined) {
        await sleep(1);
        continue;
      }
      index += 1;
      const found = replicas.find((replica) => matches(message, replica));
      if (found !== undefined) return found;
    }
    throw new Error("no such message was seen on the bus");
  };

  return {
    nats,
    keys,
    gateway,
    replicas,
    capture,
    controllerLine,
    nextGrant: (timeoutMs = grantTimeoutMs) =>
      next((message, { id }) => isSealed(message) && message.subject.includes(`.replica.${id}.`), timeoutMs),
    async nextBind(timeoutMs = grantTimeoutMs) {
      let holder: LoginReplica | undefined;
      return next((message, replica) => {
        if (!isSealed(message)) return false;
        if (message.subject.includes(`.replica.${replica.id}.`)) holder = replica;
        return holder === replica && message.subject.endsWith(".grant");
      }, timeoutMs);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function isSealed({ payload }: CapturedMessage): boolean {
  return Buffer.from(payload).includes('"type":"sealed"');
}
