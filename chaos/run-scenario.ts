/**
 * Runs one scenario under load and collects what is judged.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { runLoad } from "./load.ts";
import { judge } from "./result.ts";
import type { ScenarioResult } from "./result.ts";
import type { Roster } from "./roster.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

export interface RunOptions {
  readonly perSecond: number;
  /** How long logins arrive; they go on arriving until the scenario has mended what it broke. */
  readonly seconds: number;
  readonly roster: Roster;
}

/** The gateways' own: beyond it and some a login is lost. */
const deadlineMs = 11_000;
/** A third of the time shows what is usual, a third the fault, a third what comes after. */
const parts = 3;
/** After the last part is back: for connections that wait a moment before they try again. */
const healingMs = 3_000;

export async function runScenario(
  world: World,
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioResult> {
  const replicas = world.replicas.length;
  await world.settled(replicas);
  const countBefore = await world.directory.countBadPasswords();
  const partMs = (1_000 * options.seconds) / parts;
  const fault = sleep(partMs).then(async () => {
    const fromMs = performance.now();
    await scenario.run(world, partMs);
    return { fromMs, toMs: performance.now() };
  });
  // Nobody may wait for it yet, and a scenario that fails must not go unheard for that.
  fault.catch(() => {});
  let isOver = false;
  const over = fault.then(
    () => sleep(partMs).then(() => (isOver = true)),
    () => (isOver = true),
  );
  const logins = await runLoad({
    ...options,
    deadlineMs,
    isOver: () => isOver,
    gateways: () => world.gateways.map(({ program }) => program),
  });
  await over;
  const { fromMs, toMs } = await fault;
  await world.settled(replicas);
  const countAfter = await world.directory.countBadPasswords();
  return judge({
    scenario: scenario.name,
    logins,
    faultFromMs: fromMs,
    faultToMs: toMs,
    conflicting: conflictsAmong(world),
    badCountGrowth: countAfter - countBefore,
    ...(scenario.isPathless === true ? { pathless: { fromMs, toMs: toMs + healingMs } } : {}),
  });
}

/** What each replica found out about each attempt is in its log: where two disagree about one, the person was lucky or unlucky. */
function conflictsAmong(world: World): number {
  const verdicts = new Map<string, Set<string>>();
  for (const { program } of world.everyReplica) {
    for (const { msg, attempt, outcome } of program.log) {
      if (msg !== "verification_ended" || typeof attempt !== "string") continue;
      if (outcome !== "accepted" && outcome !== "denied") continue;
      const known = verdicts.get(attempt) ?? new Set();
      verdicts.set(attempt, known.add(outcome));
    }
  }
  return [...verdicts.values()].filter(({ size }) => size > 1).length;
}
