/**
 * What the two long-running commands have in common: configuration, telemetry, the ops port, the bus.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { BusCredentials } from "../bus/bus-credentials.ts";
import { connectBus } from "../bus/connect-bus.ts";
import type { BusEvent, NatsBus } from "../bus/connect-bus.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { readSecrets } from "../config/secrets.ts";
import type { Secrets } from "../config/secrets.ts";
import { createProcessId } from "../protocol/subjects.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { auditedEvents } from "../telemetry/audit/audited-events.ts";
import { createEvents } from "../telemetry/events.ts";
import type { Events } from "../telemetry/events.ts";
import { createLog } from "../telemetry/log.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { RecentRecords } from "../telemetry/recent-records.ts";
import { startOpsServer } from "../telemetry/ops-server.ts";
import type { Readiness } from "../telemetry/ops-server.ts";
import type { Tracer } from "../telemetry/traces/tracer.ts";
import type { CommandInput } from "./command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { hardenProcess } from "./harden-process.ts";
import { listening } from "./listening.ts";
import { openAudit } from "./open-audit.ts";
import type { Traces, TracesOptions } from "./open-traces.ts";
import { renewBusCredentials } from "./renew-keys.ts";
import { version } from "./version.ts";

export interface ProgramContext {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly id: ProcessId;
  readonly events: Events;
  readonly recent: RecentRecords;
  /** Where logins are traced. */
  readonly tracer: Pick<Tracer, "traceparent"> | undefined;
  /** What the ops port says; the program sets it once it has parts to speak of. */
  readonly status: ProgramStatus;
  readonly connectToBus: () => Promise<NatsBus>;
  /** Aborted when the program is asked to end. */
  readonly signal: AbortSignal;
}

export interface ProgramStatus {
  inFlight: () => number;
  /** Each part by name, and whether it is ready. */
  parts: () => Readonly<Record<string, boolean>>;
  /** Called before each scrape, to tell what is only looked at then. */
  measure: () => void;
}

/** @throws {CommandError | ConfigError} for a configuration that this program cannot start with. */
export async function runProgram(
  program: "connector" | "gateway",
  input: CommandInput,
  run: (context: ProgramContext) => Promise<void>,
): Promise<ExitCode> {
  const config = loadConfig(input.text("config") ?? "");
  if (config[program] === undefined) {
    throw new CommandError(
      `drawbridge ${program}: the configuration has no section "${program}"`,
      exitCodes.configuration,
    );
  }
  const secrets = readSecrets(config);
  const id = createProcessId(randomBytes);
  const status: ProgramStatus = { inFlight: () => 0, parts: () => ({ started: false }), measure: () => {} };
  const metrics = createMetrics(
    () => status.inFlight(),
    () => status.measure(),
  );
  const recent = new RecentRecords(Date.now);
  const written = createLog(config.log.level, { program, replica: id });
  process.on("exit", written.flush);
  // Only a status page asks what happened lately.
  const hasPage = program === "gateway" && config.gateway?.status !== undefined;
  const heard = hasPage ? recent.tee(written) : written;
  await using traces = await openAnyTraces({ program, id, log: heard, metrics }, config, secrets);
  const { tracer } = traces ?? {};
  const told = createEvents(tracer?.tee(heard) ?? heard, tracer?.teeMetrics(metrics) ?? metrics);
  const { audit: settings } = config;
  await using audit = await openAudit({ program, id, settings, secrets: secrets.audit, events: told });
  const audited = auditedEvents(told, audit.trail);
  const events = traces?.trace(audited) ?? audited;
  events.started({ program, version: version() });
  hardenProcess(events);
  const readiness = (): Readiness => {
    const parts = status.parts();
    return { ready: !input.signal.aborted && Object.values(parts).every(Boolean), parts };
  };
  await using ops = await listening(config.ops, () => startOpsServer({ ...config.ops, metrics, readiness }));
  events.listening({ server: "ops", host: config.ops.host, port: ops.port });
  const credentials = new BusCredentials(secrets.nats);
  using renewing = new DisposableStack();
  renewing.use(renewBusCredentials(config, secrets.nats, credentials, events));
  renewing.use(traces?.renewSecrets(events));
  const connectToBus = async (): Promise<NatsBus> => {
    const options = {
      servers: config.nats.servers,
      name: `drawbridge ${program} ${id}`,
      credentials,
      observe: (event: BusEvent) => tellBus(event, events),
      beforeClose() {
        events.stopping();
        return audit.leaveBus();
      },
    };
    const bus = await connectBus(options, input.signal);
    audit.useBus(bus);
    return bus;
  };
  try {
    const { signal } = input;
    await run({ config, secrets, id, events, recent, tracer, status, connectToBus, signal });
  } catch (error) {
    // Asked to end while it still waited for NATS: that is an end like any other.
    if (error !== input.signal.reason) throw error;
  }
  events.stopped();
  return exitCodes.ok;
}

/** Loaded where it is wanted. */
async function openAnyTraces(
  options: Omit<TracesOptions, "settings" | "secrets">,
  { traces: settings }: Config,
  { traces: secrets }: Secrets,
): Promise<Traces | undefined> {
  if (settings === undefined || secrets === undefined) return undefined;
  const { openTraces } = await import("./open-traces.ts");
  return openTraces({ ...options, settings, secrets });
}

function tellBus(event: BusEvent, events: Events): void {
  switch (event.kind) {
    case "connected":
      events.busConnection({ connected: true, server: event.server });
      break;
    case "disconnected":
      events.busConnection({ connected: false, why: event.why });
      break;
    case "complaint":
      events.busComplaint({ why: event.why });
      break;
    case "answered":
      events.busAnswered({ ms: event.ms });
      break;
    case "renewed":
      events.keysRenewed({ keys: "bus" });
      break;
    case "not_renewed":
      events.keysUnusable({ keys: "bus", setting: "nats", why: event.why });
      break;
  }
}
