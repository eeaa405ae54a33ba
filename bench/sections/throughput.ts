/**
 * As many logins as are answered: a bare loop, the whole path with 1, 2 and 4 replicas, and what would be used instead.
 *
 * @module
 */

import type { Contestant, Figures } from "../contest.ts";
import { contest } from "../contest.ts";
import { startDelayLine } from "../delay-line.ts";
import type { DelayLine } from "../delay-line.ts";
import type { DriverName, DriverOptions, Load } from "../driver.ts";
import { Installation } from "../installation.ts";
import { median } from "../rates.ts";
import type { Row } from "../row.ts";
import { besides, ldapsPort, oursName, startOurs } from "./ours.ts";
import type { Section, SectionOptions } from "./section.ts";

const replicaCounts = [1, 2, 4] as const;
const connectionOf = (replicas: number): string => `replicas-${replicas}`;

/**
 * Connections for binds, of the bare loop and of each replica: at 5 and at 20 ms so many that the directory's answers are waited for
 * and not the processors, or all would be equally slow.
 */
function poolAt(latencyMs: number): number {
  return latencyMs === 5 ? 4 : 16;
}

/** Enough to keep all of these busy. Who takes one login at a time is busy with few, and more only wait longer in its line. */
function inFlightAt(latencyMs: number, name: string): number {
  if (latencyMs !== 20) return 64;
  return name === "one login at a time" ? 16 : 256;
}

export interface Circumstances extends Readonly<Record<string, number>> {
  readonly latencyMs: number;
  readonly pool: number;
  readonly inFlight: number;
}

/** @param name  Of the contestant. */
export function circumstancesAt(latencyMs: number, name: string): Circumstances {
  return { latencyMs, pool: poolAt(latencyMs), inFlight: inFlightAt(latencyMs, name) };
}

export const throughput: Section = {
  name: "throughput",
  what: "logins a second in a closed loop, beside a bare loop and what would be used instead",
  run: compare,
};

async function compare({
  latenciesMs,
  users,
  rounds,
  ms,
  env,
  wants,
  say,
  tell,
}: SectionOptions): Promise<void> {
  const counts = replicaCounts.filter((replicas) => wants(oursName(replicas)));
  const others = otherNames.filter(wants);
  const connections = counts.map(connectionOf);
  await using installation = await Installation.start({ users, connections, env });
  for (const latencyMs of latenciesMs) {
    await using cleanup = new AsyncDisposableStack();
    const pool = poolAt(latencyMs);
    const line =
      latencyMs === 0
        ? undefined
        : cleanup.use(await startDelayLine(installation.directory.address, ldapsPort, latencyMs));
    const gateway = cleanup.use(await installation.gateway(connections));
    const contestants = await startOthers(others, { installation, line, pool, cleanup });
    for (const replicas of counts) {
      const ours = { installation, gateway, connection: connectionOf(replicas), replicas, pool, line };
      contestants.push(await startOurs(ours, cleanup));
    }
    const load = ({ name }: Contestant): Load => ({ inFlight: inFlightAt(latencyMs, name), ms });
    for (const [name, figures] of await contest(contestants, { rounds, load, say }))
      tell(rowOf("throughput", name, circumstancesAt(latencyMs, name), figures));
  }
}

export const scalingAt = { latencyMs: 20, pool: 4, inFlight: 64 } as const;

/** Where only the directory's answers are waited for, twice the replicas are twice the logins. */
export const scaling: Section = {
  name: "scaling",
  what: "logins a second by 1, 2 and 4 replicas with 4 connections for binds each, 20 ms from the directory",
  async run({ users, rounds, ms, env, wants, say, tell }) {
    const counts = replicaCounts.filter((replicas) => wants(oursName(replicas)));
    const connections = counts.map(connectionOf);
    const { latencyMs, pool, inFlight } = scalingAt;
    await using installation = await Installation.start({ users, connections, env });
    await using line = await startDelayLine(installation.directory.address, ldapsPort, latencyMs);
    await using gateway = await installation.gateway(connections);
    await using cleanup = new AsyncDisposableStack();
    const contestants: Contestant[] = [];
    for (const replicas of counts) {
      const ours = { installation, gateway, connection: connectionOf(replicas), replicas, pool, line };
      contestants.push(await startOurs(ours, cleanup));
    }
    const measured = await contest(contestants, { rounds, load: { inFlight, ms }, say });
    for (const [name, figures] of measured) tell(rowOf("scaling", name, scalingAt, figures));
  },
};

export const latencyAt = { latencyMs: 0, pool: 16 } as const;

/** Half of what the whole path can do: there is time to answer each, and what the path adds is seen. */
export const latency: Section = {
  name: "latency",
  what: "how long logins take in an open loop at half of what one replica can do, beside a bare loop",
  async run({ users, rounds, ms, env, say, tell }) {
    const { pool } = latencyAt;
    const [inFlight, connection] = [64, connectionOf(1)];
    await using installation = await Installation.start({ users, connections: [connection], env });
    await using gateway = await installation.gateway([connection]);
    await using cleanup = new AsyncDisposableStack();
    const bare: Contestant = {
      name: "bare loop",
      driver: cleanup.use(await installation.driver("bare-loop", { pool })),
      pids: besides(installation, undefined),
    };
    const ours = await startOurs({ installation, gateway, connection, replicas: 1, pool }, cleanup);
    const most = await contest([ours], { rounds: 2, load: { inFlight, ms }, say });
    const perSecond = Math.round(median((most.get(ours.name) ?? []).map((round) => round.perSecond)) / 2);
    const load = { inFlight, ms: 2 * ms, perSecond };
    for (const [name, figures] of await contest([bare, ours], { rounds, load, say }))
      tell(rowOf("latency", name, latencyAt, figures));
  },
};

export function rowOf(section: string, name: string, at: Row["at"], rounds: readonly Figures[]): Row {
  const of = (pick: (figures: Figures) => number): readonly number[] => rounds.map(pick);
  const processes = Object.keys(rounds[0]?.cpuMs ?? {});
  const cpu = processes.map(
    (process) => [`${process}CpuMs`, of(({ cpuMs }) => cpuMs[process] ?? 0)] as const,
  );
  return {
    section,
    name,
    at,
    rounds: {
      perSecond: of(({ perSecond }) => perSecond),
      p50Ms: of(({ p50Ms }) => p50Ms),
      p99Ms: of(({ p99Ms }) => p99Ms),
      ...Object.fromEntries(cpu),
    },
  };
}

const otherNames = [
  "bare loop",
  "one login at a time",
  "one bind at a time",
  "passport-ldapauth",
  "ldap-authentication",
] as const;
type OtherName = (typeof otherNames)[number];

const driversOfOthers: Readonly<Record<OtherName, readonly [DriverName, Partial<DriverOptions>]>> = {
  "bare loop": ["bare-loop", {}],
  "one login at a time": ["turn-taking", { turns: "logins" }],
  "one bind at a time": ["turn-taking", { turns: "binds" }],
  "passport-ldapauth": ["passport-ldapauth", {}],
  "ldap-authentication": ["ldap-authentication", {}],
};

interface Surroundings {
  readonly installation: Installation;
  readonly line: DelayLine | undefined;
  readonly pool: number;
  readonly cleanup: AsyncDisposableStack;
}

function startOthers(
  names: readonly OtherName[],
  { installation, line, pool, cleanup }: Surroundings,
): Promise<Contestant[]> {
  const pids = besides(installation, line);
  return Promise.all(
    names.map(async (name) => {
      const [driver, options] = driversOfOthers[name];
      const started = await installation.driver(driver, { port: line?.port ?? ldapsPort, pool, ...options });
      return { name, driver: cleanup.use(started), pids };
    }),
  );
}
