/**
 * `drawbridge status`: which replicas and controllers are there, now or all the time.
 *
 * Replicas are heard on NATS by a gateway's configuration, as the gateways hear them. What no heartbeat carries (controllers, logins
 * in flight) is on the programs' own ops ports, where these can be reached.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { NatsBus } from "../../bus/connect-bus.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { readSecrets } from "../../config/secrets.ts";
import { isConnectionName } from "../../login/attempt.ts";
import type { ConnectionName } from "../../login/attempt.ts";
import { importPinnedKeys } from "../../protocol/identity-key.ts";
import { heartbeatIntervalMs } from "../../protocol/timing.ts";
import { inColumns } from "../columns.ts";
import type { CommandInput } from "../command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import { HeardReplicas, hearingMs } from "../hear-replicas.ts";
import { paint, whileNoting } from "../paint.ts";
import { print } from "../print.ts";
import { visitBus } from "../visit-bus.ts";
import { readOps } from "./read-ops.ts";
import type { OpsReading } from "./read-ops.ts";

export interface Status {
  readonly replicas: readonly ReplicaStatus[];
  readonly drift: readonly Drift[];
  readonly programs: readonly OpsReading[];
}

export interface ReplicaStatus {
  readonly connection: string;
  readonly replica: string;
  readonly state: "ready" | "not_ready" | "silent";
  readonly freeSlots: number;
  readonly heardAgoMs: number;
  /** Both are absent where no report was heard that a pinned key has signed. */
  readonly version?: string;
  readonly configuration?: string;
}

/** Replicas of one connection that do not have the same settings. */
export interface Drift {
  readonly connection: string;
  readonly configurations: number;
  readonly parts: readonly string[];
}

const silentAfterMs = 2.5 * heartbeatIntervalMs;
const refreshMs = 1_000;
const clearScreen = "\u001b[H\u001b[2J";

/** @throws {ConfigError | CommandError} */
export async function status(input: CommandInput): Promise<ExitCode> {
  const configFile = input.text("config");
  const ops = input.texts("ops");
  if (configFile === undefined && ops.length === 0) {
    throw failed(
      "say where to look: --config with a gateway's configuration, --ops with a program's port, or both",
      exitCodes.usage,
    );
  }
  await using cleanup = new AsyncDisposableStack();
  const heard = new Map<ConnectionName, HeardReplicas>();
  if (configFile !== undefined) {
    const config = loadConfig(configFile);
    const bus = cleanup.use(await whileNoting("connecting to NATS", busOf(config)));
    const keys = readSecrets(config).gateway?.connectorKeys;
    for (const name of connectionsOf(config)) {
      const pins = await importPinnedKeys(keys?.get(name) ?? []);
      heard.set(name, cleanup.use(new HeardReplicas(bus, name, pins)));
    }
    await pause(hearingMs);
  }
  for (;;) {
    const now: Status = {
      replicas: replicasOf(heard),
      drift: driftOf(heard),
      programs: await Promise.all(ops.map(readOps)),
    };
    if (input.flag("watch") && process.stdout.isTTY) process.stdout.write(clearScreen);
    for (const line of input.flag("json") ? [JSON.stringify(now)] : describe(now)) print(line);
    if (!input.flag("watch")) return exitCodeOf(now, configFile !== undefined);
    const isOver = await pause(refreshMs, false, { signal: input.signal }).catch(() => true);
    if (isOver) return exitCodes.ok;
  }
}

function connectionsOf({ gateway }: Config): readonly ConnectionName[] {
  if (gateway === undefined) {
    throw failed(
      'the configuration has no section "gateway": only gateways may hear the replicas on NATS',
      exitCodes.configuration,
    );
  }
  return Object.keys(gateway.connections).filter((name) => isConnectionName(name));
}

async function busOf(config: Config): Promise<NatsBus> {
  const bus = await visitBus(config, readSecrets(config).nats, "status");
  if (bus !== undefined) return bus;
  throw failed("no NATS server lets this program in; drawbridge doctor says why", exitCodes.unavailable);
}

function replicasOf(heard: ReadonlyMap<ConnectionName, HeardReplicas>): readonly ReplicaStatus[] {
  const now = performance.now();
  return [...heard].flatMap(([connection, { all, reports }]) =>
    all.map(({ beat: { replica, state, freeSlots }, heardAtMs }): ReplicaStatus => {
      const report = reports.all.find((one) => one.report.replica === replica)?.report;
      const heardAgoMs = Math.round(now - heardAtMs);
      const isReady = state === "ready" ? "ready" : "not_ready";
      return {
        connection,
        replica,
        state: heardAgoMs > silentAfterMs ? "silent" : isReady,
        freeSlots,
        heardAgoMs,
        ...(report && { version: report.version, configuration: report.configuration.digest }),
      };
    }),
  );
}

function driftOf(heard: ReadonlyMap<ConnectionName, HeardReplicas>): readonly Drift[] {
  return [...heard].flatMap(([connection, { reports }]) => {
    const { configurations } = reports.agreement;
    return configurations > 1 ? [{ connection, configurations, parts: reports.differences }] : [];
  });
}

function describe({ replicas, drift, programs }: Status): readonly string[] {
  const replicaRows = replicas.map((one) => [
    one.connection,
    one.replica,
    one.state,
    String(one.freeSlots),
    `${one.heardAgoMs} ms ago`,
    one.version ?? "-",
    one.configuration ?? "-",
  ]);
  const driftLines = drift.map(
    ({ connection, configurations, parts }) =>
      `drift: the replicas of ${connection} have ${configurations} different configurations (${parts.join(", ")})`,
  );
  const programRows = programs.map(({ url, program, version, isReady, parts, inFlight }) => {
    const unready = Object.entries(parts).flatMap(([name, ready]) => (ready ? [] : [name]));
    const state = isReady ? "ready" : ["not ready", ...unready].join(": ");
    return [url, program, version, state, String(inFlight)];
  });
  const controllerRows = programs.flatMap(({ url, controllers }) =>
    controllers.map(({ connection, controller, state }) => [connection, controller, state, url]),
  );
  return [
    ...tableOf(
      ["connection", "replica", "state", "free slots", "heard", "version", "configuration"],
      replicaRows,
      "replicas",
    ),
    ...driftLines.map((line) => paint("red", line)),
    ...(drift.length > 0 ? [""] : []),
    ...tableOf(["ops port", "program", "version", "state", "in flight"], programRows, "programs"),
    ...tableOf(["connection", "controller", "state", "seen by"], controllerRows, "controllers"),
  ];
}

function tableOf(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  what: string,
): readonly string[] {
  if (rows.length === 0) return what === "replicas" ? ["no replica is heard", ""] : [];
  const [first = "", ...rest] = inColumns([heading, ...rows]);
  const isBad = (line: string): boolean =>
    /\b(not_ready|silent|unavailable|not ready|no answer)\b/.test(line);
  return [paint("bold", first), ...rest.map((line) => (isBad(line) ? paint("red", line) : line)), ""];
}

/** Whether logins could be served, as far as was looked. */
function exitCodeOf({ replicas, programs }: Status, listened: boolean): ExitCode {
  const isServed = !listened || replicas.some(({ state }) => state === "ready");
  return isServed && programs.every(({ isReady }) => isReady) ? exitCodes.ok : exitCodes.unavailable;
}

function failed(sentence: string, exitCode: ExitCode): CommandError {
  return new CommandError(`drawbridge status: ${sentence}`, exitCode);
}
