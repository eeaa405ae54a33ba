/**
 * Runs one scenario under load and collects what is judged.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "./credentials.ts";
import { runLoad } from "./load.ts";
import { judge } from "./result.ts";
import type { ScenarioResult, Span } from "./result.ts";
import type { Roster } from "./roster.ts";
import type { Scenario } from "./scenario.ts";
import { VerdictLog } from "./verdict-log.ts";
import type { World } from "./world.ts";

export interface RunOptions {
  readonly perSecond: number;
  /** How long logins arrive; they go on arriving until the scenario has mended what it broke. */
  readonly seconds: number;
  readonly roster: Roster;
  /** Passwords unless told. */
  readonly send?: Credentials["send"];
}

/** The gateways' own: beyond it and some a login is lost. */
export const deadlineMs = 11_000;
const warmUpSeconds = 5;
/** A third of the time shows what is usual, a third the fault, a third what comes after. */
const parts = 3;
/** After the last part is back: for connections that wait a moment before they try again. */
const healingMs = 3_000;

/** Programs that have just been started are slower, and would make everything after them look fast. */
export async function warmUp(world: World, options: RunOptions): Promise<void> {
  const gateways = () => world.gateways.map(({ program }) => program);
  await runLoad({ ...options, seconds: warmUpSeconds, deadlineMs, isOver: () => true, gateways });
}

export async function runScenario(
  world: World,
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioResult> {
  const replicas = world.replicas.length;
  await world.settled(replicas);
  const countBefore = await world.directory.countBadPasswords();
  const partMs = (1_000 * options.seconds) / parts;
  let isOver = false;
  const course = courseOf(world, scenario, partMs).finally(() => (isOver = true));
  // Nobody may wait for it yet, and a scenario that fails must not go unheard for that.
  course.catch(() => {});
  const logins = await runLoad({
    ...options,
    deadlineMs,
    isOver: () => isOver,
    gateways: () => world.gateways.map(({ program }) => program),
  });
  const { fault, pathless } = await course;
  await world.settled(replicas);
  const countAfter = await world.directory.countBadPasswords();
  const verdicts = new VerdictLog();
  verdicts.read(world);
  return judge({
    scenario: scenario.name,
    logins,
    fault,
    conflicting: verdicts.conflicting,
    badCountGrowth: countAfter - countBefore,
    pathless,
    promised: scenario.promised ?? {},
  });
}

async function courseOf(
  world: World,
  scenario: Scenario,
  partMs: number,
): Promise<{ readonly fault: Span; readonly pathless: readonly Span[] }> {
  await sleep(partMs);
  const fromMs = performance.now();
  const { overAtMs, mendedAtMs, pathless } = await runFault(world, scenario, partMs);
  await sleep(partMs);
  return { fault: { fromMs, toMs: overAtMs ?? mendedAtMs }, pathless };
}

export interface RanFault {
  readonly overAtMs: number | undefined;
  readonly mendedAtMs: number;
  readonly pathless: readonly Span[];
}

/** Breaks and mends. */
export async function runFault(world: World, scenario: Scenario, ms: number): Promise<RanFault> {
  const fromMs = performance.now();
  let overAtMs: number | undefined;
  await scenario.run(world, {
    ms,
    async over() {
      await sleep(ms);
      overAtMs = performance.now();
    },
  });
  const mendedAtMs = performance.now();
  const pathless = scenario.isPathless === true ? [{ fromMs, toMs: mendedAtMs + healingMs }] : [];
  return { overAtMs, mendedAtMs, pathless };
}
