/**
 * Counts what one login puts on the bus and asks of the directory, one after the other, with each thing switched on that adds to it.
 *
 * Messages are counted by somebody who listens to everything, bytes on the lines to the NATS server and to the controller, with TLS and
 * with what TCP's own headers do not add. What the programs say when nobody logs in is measured first, and taken off.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { captureBus } from "../../test/support/bus-capture.ts";
import type { CapturedMessage } from "../../test/support/bus-capture.ts";
import { startConnector, startGateway } from "../../test/support/drawbridge.ts";
import type { GatewayOptions, GatewayProgram } from "../../test/support/drawbridge.ts";
import { createIdentityKeys } from "../../test/support/identity-keys.ts";
import { startNats } from "../../test/support/nats-server.ts";
import type { Program } from "../../test/support/program.ts";
import { createScratch } from "../../test/support/scratch.ts";
import { startSlapd } from "../../test/support/slapd.ts";
import { startTcpProxy } from "../../test/support/tcp-proxy.ts";
import type { TcpProxy } from "../../test/support/tcp-proxy.ts";

/** Of one login, on average. */
export interface LoginTraffic {
  /** Announces, claims, grants, what is said of a bind, verdicts. */
  readonly messages: number;
  /** To JetStream, and its answers. */
  readonly storeMessages: number;
  readonly auditRecords: number;
  /** Both directions together. */
  readonly gatewayBytes: number;
  readonly connectorBytes: number;
  readonly ldapBytes: number;
  readonly searches: number;
  readonly binds: number;
  /** Operations on buckets in the gateway. */
  readonly storeOperations: number;
}

/** Of one gateway with one replica, in a second without logins. */
export interface IdleTraffic {
  readonly messages: number;
  readonly gatewayBytes: number;
  readonly connectorBytes: number;
}

export interface LoginMeasurement {
  readonly idle: IdleTraffic;
  readonly logins: Readonly<Record<Variant, LoginTraffic>>;
}

const variants = ["plain", "throttle", "cache", "audit", "everything"] as const;
export type Variant = (typeof variants)[number];

const people = 40;
const triesMax = 20;
const triedAgainAfterMs = 200;
const idleMs = 8_000;
/** In which the cache and the audit are done with what a login left them. */
const afterwardsMs = 3_000;
const [natsPort, ldapsPort] = [4222, 636];

export async function measureLogin(): Promise<LoginMeasurement> {
  const measured: (readonly [Variant, Awaited<ReturnType<typeof measureVariant>>])[] = [];
  for (const variant of variants) measured.push([variant, await measureVariant(variant)]);
  const of = (wanted: Variant) => {
    const found = measured.find(([variant]) => variant === wanted)?.[1];
    if (found === undefined) throw new Error(`${wanted} was not measured`);
    return found;
  };
  return {
    idle: of("plain").idle,
    logins: {
      plain: of("plain").login,
      throttle: of("throttle").login,
      cache: of("cache").login,
      audit: of("audit").login,
      everything: of("everything").login,
    },
  };
}

async function measureVariant(variant: Variant): Promise<{ login: LoginTraffic; idle: IdleTraffic }> {
  const has = (part: Variant): boolean => variant === part || variant === "everything";
  await using cleanup = new AsyncDisposableStack();
  const slapd = cleanup.use(await startSlapd({ usersMax: people }));
  const scratch = cleanup.use(await createScratch("bench-login"));
  const nats = cleanup.use(await startNats({ jetStream: true }));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const secret = (name: string): Promise<string> => scratch.write(name, randomBytes(32).toString("base64"));
  const line = async (host: string, port: number): Promise<TcpProxy> =>
    cleanup.use(await startTcpProxy({ host, target: { host, port } }));
  const [node] = nats.nodes;
  if (node === undefined) throw new Error("there is no NATS server");
  const lines = {
    gateway: await line(node.address, natsPort),
    connector: await line(node.address, natsPort),
    ldap: await line(slapd.address, ldapsPort),
  };
  const through = (proxy: TcpProxy) => ({ natsServers: [`tls://${proxy.host}:${proxy.port}`] });
  const auditKeys = {
    gateway: await secret("audit-gateway.key"),
    connector: await secret("audit-connector.key"),
  };
  const audit = (program: "gateway" | "connector") =>
    has("audit") ? { audit: { stream: { keyFiles: [auditKeys[program]] } } } : {};
  const common = { nats, keys, logLevel: "error" };
  const connector = cleanup.use(
    await startConnector({
      ...common,
      ...through(lines.connector),
      ...audit("connector"),
      connections: {
        corp: { directory: slapd, controllers: [`ldaps://${lines.ldap.host}:${lines.ldap.port}`] },
      },
    }),
  );
  const options: GatewayOptions = {
    ...common,
    ...through(lines.gateway),
    ...audit("gateway"),
    connections: ["corp"],
    stateKeyFiles: has("throttle") || has("cache") ? [await secret("state.key")] : [],
    ...(has("throttle") && { throttle: {} }),
    cache: { enabled: has("cache") },
  };
  const gateway = cleanup.use(await startGateway(options));
  const capture = cleanup.use(await captureBus(nats));
  // Sessions, buckets, connections, and the places that people are known to come from.
  await logInAll(gateway, slapd.password, triesMax);
  await sleep(afterwardsMs);

  const count = () => countAll(capture.messages, lines, { gateway, connector });
  const first = await count();
  await sleep(idleMs);
  const [second, startedAtMs] = [await count(), performance.now()];
  await logInAll(gateway, slapd.password);
  await sleep(afterwardsMs);
  const ms = performance.now() - startedAtMs;
  const third = await count();
  const idle = (what: Counted): number => (second[what] - first[what]) / idleMs;
  const login = (what: Counted): number => rounded((third[what] - second[what] - idle(what) * ms) / people);
  return {
    login: {
      messages: login("messages"),
      storeMessages: login("storeMessages"),
      auditRecords: login("auditRecords"),
      gatewayBytes: login("gatewayBytes"),
      connectorBytes: login("connectorBytes"),
      ldapBytes: login("ldapBytes"),
      searches: login("searches"),
      binds: login("binds"),
      storeOperations: login("storeOperations"),
    },
    idle: {
      messages: rounded(1_000 * idle("idleMessages")),
      gatewayBytes: rounded(1_000 * idle("gatewayBytes")),
      connectorBytes: rounded(1_000 * idle("connectorBytes")),
    },
  };
}

type Counted = keyof Awaited<ReturnType<typeof countAll>>;

async function countAll(
  messages: readonly CapturedMessage[],
  lines: Readonly<Record<"gateway" | "connector" | "ldap", TcpProxy>>,
  { gateway, connector }: { readonly gateway: Program; readonly connector: Program },
) {
  const of = (is: RegExp): number => messages.filter(({ subject }) => is.test(subject)).length;
  const ldap = (operation: string): Promise<number> =>
    connector.readMetric("drawbridge_directory_operations_total", { operation });
  return {
    messages: of(/^drawbridge\.v1\.[^.]+\.(login|replica|gateway)/),
    idleMessages: of(/heartbeat/),
    storeMessages: of(/^(\$JS|\$KV|drawbridge\.store|_INBOX)/),
    auditRecords: of(/^drawbridge\.audit/),
    gatewayBytes: lines.gateway.bytes,
    connectorBytes: lines.connector.bytes,
    ldapBytes: lines.ldap.bytes,
    searches: await ldap("search"),
    binds: await ldap("bind"),
    storeOperations: await gateway.readMetric("drawbridge_store_operations_total"),
  };
}

/** @param tries  The first logins find programs that do not know each other yet. */
async function logInAll(gateway: GatewayProgram, password: string, tries = 1): Promise<void> {
  for (let number = 1; number <= people; number += 1) {
    for (let left = tries - 1; ; left -= 1) {
      const { status, body } = await gateway.login({ connection: "corp", username: `u${number}`, password });
      if (status === 200) break;
      if (left === 0) throw new Error(`a login ended with ${status} ${JSON.stringify(body)}`);
      await sleep(triedAgainAfterMs);
    }
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(value < 100 ? 2 : 3));
}
