/**
 * What a login costs, by the number of people, replicas and connections: it should be the same.
 *
 * At an even rate, and without what the programs do when nobody logs in, which is measured first: heartbeats grow with the replicas.
 * All sizes stand beside each other and are measured in turn.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Contestant } from "../contest.ts";
import { Installation } from "../installation.ts";
import { cpuMsOf } from "../process-figures.ts";
import { startOurs } from "./ours.ts";
import type { Section, SectionOptions } from "./section.ts";

type Dimension = "people" | "replicas" | "connections";

const sizes: Readonly<Record<Dimension, readonly number[]>> = {
  people: [100, 1_000, 10_000, 100_000],
  replicas: [1, 4, 16, 32],
  connections: [1, 10, 100],
};
const usual: Readonly<Record<Dimension, number>> = { people: 100, replicas: 1, connections: 1 };
const pool = 16;
export const sizePerSecond = 100;
/** Some hundred logins for each replica: a process that has just started costs more, whatever there is of everything. */
const warmUpMs = 1_500;
const warmUpMsOfReplica = 500;

interface Sized {
  readonly size: number;
  readonly ours: Contestant;
  readonly cpuMs: number[];
  readonly idleCpuMsPerSecond: number[];
}

export const sizeSections: readonly Section[] = (["people", "replicas", "connections"] as const).map(
  (dimension) => ({
    name: dimension,
    what: `CPU of gateway and connectors a login, at ${sizePerSecond} logins a second, by the number of ${dimension}`,
    run: (options) => measure(dimension, options),
  }),
);

async function measure(
  dimension: Dimension,
  { rounds, ms, env, wants, say, tell }: SectionOptions,
): Promise<void> {
  const load = { inFlight: 1, perSecond: sizePerSecond, ms: 4 * ms };
  await using cleanup = new AsyncDisposableStack();
  const all: Sized[] = [];
  for (const size of sizes[dimension].filter((one) => wants(nameOf(dimension, one)))) {
    const installed = { ...usual, [dimension]: size };
    const ours = await startSized(installed, env, cleanup);
    await ours.driver.run({ inFlight: 32, ms: warmUpMs + warmUpMsOfReplica * installed.replicas });
    all.push({ size, ours, cpuMs: [], idleCpuMsPerSecond: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { size, ours, cpuMs, idleCpuMsPerSecond } of all) {
      const idle = await spent(ours, () => sleep(load.ms));
      const loaded = await spent(ours, async () => {
        const { failed, complaints } = await ours.driver.run(load);
        if (failed > 0) throw new Error(complaints.join("; "));
      });
      cpuMs.push((loaded - idle) / ((sizePerSecond * load.ms) / 1_000));
      idleCpuMsPerSecond.push((1_000 * idle) / load.ms);
      say(`${nameOf(dimension, size)}: ${cpuMs.at(-1)?.toFixed(2)} ms a login`);
    }
  }
  for (const { size, cpuMs, idleCpuMsPerSecond } of all)
    tell({
      section: dimension,
      name: nameOf(dimension, size),
      at: { perSecond: sizePerSecond },
      rounds: { cpuMs, idleCpuMsPerSecond },
    });
}

function nameOf(dimension: Dimension, size: number): string {
  return size === 1 ? `1 ${dimension.slice(0, -1)}` : `${size} ${dimension}`;
}

async function startSized(
  { people, replicas, connections }: typeof usual,
  env: Readonly<Record<string, string>>,
  cleanup: AsyncDisposableStack,
): Promise<Contestant> {
  const names = Array.from({ length: connections }, (_, index) => `connection-${index + 1}`);
  const installation = cleanup.use(await Installation.start({ users: people, connections: names, env }));
  const gateway = cleanup.use(await installation.gateway(names));
  return startOurs({ installation, gateway, connection: names, replicas, pool }, cleanup);
}

/** CPU of gateway and connectors meanwhile, in milliseconds. */
async function spent({ pids }: Contestant, meanwhile: () => Promise<void>): Promise<number> {
  const ours = [...(pids["gateway"] ?? []), ...(pids["connector"] ?? [])];
  const total = (): number => ours.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  const before = total();
  await meanwhile();
  return total() - before;
}
