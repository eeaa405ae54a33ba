/**
 * `--random`: faults drawn by lot, one after the other, for a long time, while one replica and one gateway live through all of them.
 *
 * @module
 */

import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { runLoad } from "./load.ts";
import { judge } from "./result.ts";
import type { ScenarioResult, Span } from "./result.ts";
import { deadlineMs, runFault } from "./run-scenario.ts";
import type { RunOptions } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { VerdictLog } from "./verdict-log.ts";
import type { World } from "./world.ts";

export interface RandomResult extends ScenarioResult {
  /** How often each was drawn. */
  readonly faults: Readonly<Record<string, number>>;
  /** Medians of the first and the last third of the time. */
  readonly survivors: readonly Survivor[];
}

interface Survivor {
  readonly name: string;
  readonly memoryMb: readonly [first: number, last: number];
  /** Open files, sockets among them. */
  readonly handles: readonly [first: number, last: number];
}

interface Sample {
  readonly memoryMb: number;
  readonly handles: number;
}

const faultMinMs = 1_000;
const faultMaxMs = 5_000;
const calmMaxMs = 2_000;
/** A program that has just started grows for a while. */
const warmUpShare = 0.1;
const memoryGrowthMax = 1.2;
const memorySlackMb = 16;
const handlesSlack = 16;

/** Nobody would live through the rolling restart. */
const drawn = scenarios.filter(({ name }) => name !== "rolling-restart" && name !== "nothing");

export async function runRandom(world: World, options: RunOptions): Promise<RandomResult> {
  const replicas = world.replicas.length;
  await world.settled(replicas);
  const countBefore = await world.directory.countBadPasswords();
  const [fromMs, pathless, faults] = [performance.now(), new Array<Span>(), new Map<string, number>()];
  const [verdicts, watched] = [new VerdictLog(), new Watched(world)];
  let isOver = false;
  const course = (async () => {
    while (performance.now() - fromMs < 1_000 * options.seconds) {
      const scenario = draw();
      faults.set(scenario.name, 1 + (faults.get(scenario.name) ?? 0));
      const ran = await runFault(world, scenario, faultMinMs + Math.random() * (faultMaxMs - faultMinMs));
      pathless.push(...ran.pathless);
      await world.settled(replicas);
      await sleep(Math.random() * calmMaxMs);
      verdicts.read(world);
      await watched.look();
    }
  })().finally(() => (isOver = true));
  course.catch(() => {});
  const gateways = () => world.gateways.map(({ program }) => program);
  const logins = await runLoad({ ...options, seconds: 1, deadlineMs, isOver: () => isOver, gateways });
  await course;
  verdicts.read(world);
  const result = judge({
    scenario: "random",
    logins,
    fault: { fromMs, toMs: performance.now() },
    conflicting: verdicts.conflicting,
    badCountGrowth: (await world.directory.countBadPasswords()) - countBefore,
    pathless,
    promised: {},
  });
  const survivors = watched.survivors;
  return {
    ...result,
    faults: Object.fromEntries([...faults].toSorted(([a], [b]) => a.localeCompare(b))),
    survivors,
    broken: [...result.broken, ...survivors.flatMap(growthOf)],
  };
}

function draw(): Scenario {
  const scenario = drawn[Math.floor(Math.random() * drawn.length)];
  if (scenario === undefined) throw new Error("there are no scenarios");
  return scenario;
}

/** Of the kernel's view of the replica and the gateway that live through everything. */
class Watched {
  readonly #samples: ReadonlyMap<string, { readonly pid: number; readonly samples: Sample[] }>;

  constructor({ replicas, gateways }: World) {
    const programs = [replicas[0]?.program, gateways[0]?.program].filter((program) => program !== undefined);
    this.#samples = new Map(programs.map(({ name, pid }) => [name, { pid, samples: [] }]));
  }

  /** @throws {Error} where one has ended. */
  async look(): Promise<void> {
    for (const { pid, samples } of this.#samples.values()) {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const memoryMb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
      samples.push({ memoryMb, handles: (await readdir(`/proc/${pid}/fd`)).length });
    }
  }

  get survivors(): readonly Survivor[] {
    return [...this.#samples].map(([name, { samples }]) => {
      const warm = samples.slice(Math.floor(samples.length * warmUpShare));
      const third = Math.ceil(warm.length / 3);
      const spans = [warm.slice(0, third), warm.slice(-third)] as const;
      const both = (read: (sample: Sample) => number): readonly [number, number] => [
        medianOf(spans[0].map(read)),
        medianOf(spans[1].map(read)),
      ];
      return { name, memoryMb: both((sample) => sample.memoryMb), handles: both((sample) => sample.handles) };
    });
  }
}

function growthOf({ name, memoryMb, handles }: Survivor): readonly string[] {
  const [[firstMb, lastMb], [firstHandles, lastHandles]] = [memoryMb, handles];
  const grown: string[] = [];
  if (!(lastMb <= memoryGrowthMax * firstMb + memorySlackMb)) {
    grown.push(`${name} grew from ${firstMb} MB to ${lastMb}`);
  }
  if (!(lastHandles <= firstHandles + handlesSlack)) {
    grown.push(`${name} held ${firstHandles} handles, then ${lastHandles}`);
  }
  return grown;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? NaN);
}
