/**
 * What a login costs, by the number of people, replicas and connections: it should be the same.
 *
 * At an even rate, and without what the programs do when nobody logs in, which is measured first: heartbeats grow with the replicas.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Contestant } from "../contest.ts";
import { Installation } from "../installation.ts";
import { cpuMsOf } from "../process-figures.ts";
import { median } from "../rates.ts";
import { startOurs } from "./ours.ts";
import type { Section, SectionOptions } from "./section.ts";

interface Size {
  readonly name: "people" | "replicas" | "connections";
  readonly size: number;
}

const sizes: readonly Size[] = [
  ...[100, 1_000, 10_000, 100_000].map((size) => ({ name: "people", size }) as const),
  ...[1, 4, 16, 32].map((size) => ({ name: "replicas", size }) as const),
  ...[1, 10, 100].map((size) => ({ name: "connections", size }) as const),
];
const usual = { people: 1_000, replicas: 1, connections: 1 };
const pool = 16;
const perSecond = 100;

export const size: Section = {
  name: "size",
  what: `CPU of gateway and connectors a login, at ${perSecond} logins a second, by the size of the installation`,
  async run(options) {
    for (const one of sizes) await measure(one, options);
  },
};

async function measure(
  { name, size: of }: Size,
  { rounds, ms, env, say, tell }: SectionOptions,
): Promise<void> {
  const { people, replicas, connections }: typeof usual = { ...usual, [name]: of };
  const names = Array.from({ length: connections }, (_, index) => `connection-${index + 1}`);
  await using installation = await Installation.start({ users: people, connections: names, env });
  await using gateway = await installation.gateway(names);
  await using cleanup = new AsyncDisposableStack();
  const ours = await startOurs({ installation, gateway, connection: names, replicas, pool }, cleanup);
  const load = { inFlight: 1, perSecond, ms: 2 * ms };
  await ours.driver.run(load);
  const costs: number[] = [];
  const idles: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const idle = await spent(ours, () => sleep(load.ms));
    const loaded = await spent(ours, async () => {
      const { failed, complaints } = await ours.driver.run(load);
      if (failed > 0) throw new Error(complaints.join("; "));
    });
    costs.push((loaded - idle) / ((perSecond * load.ms) / 1_000));
    idles.push((1_000 * idle) / load.ms);
    say(
      `${of} ${name}: ${costs.at(-1)?.toFixed(2)} ms a login, ${idles.at(-1)?.toFixed(1)} ms a second idle`,
    );
  }
  tell({
    section: "size",
    name,
    at: { size: of },
    figures: { cpuMs: median(costs), idleCpuMsPerSecond: median(idles) },
  });
}

/** CPU of gateway and connectors meanwhile, in milliseconds. */
async function spent({ pids }: Contestant, meanwhile: () => Promise<void>): Promise<number> {
  const ours = [...(pids["gateway"] ?? []), ...(pids["connector"] ?? [])];
  const total = (): number => ours.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  const before = total();
  await meanwhile();
  return total() - before;
}
