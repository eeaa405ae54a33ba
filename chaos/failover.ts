/**
 * `npm run failover`: breaks the preferred controller in four ways under load, and prints who waited, and when it was used again.
 *
 * Logins arrive at a fixed rate for the whole time. Ends with 1 where one of the promises in {@link complaintsAbout} was broken.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { LabDirectory } from "../test/support/lab-directory.ts";
import { startDirectory } from "./directory.ts";
import { runLoad } from "./load.ts";
import { isWrong, percentile } from "./result.ts";
import { Roster } from "./roster.ts";
import { hosts, World } from "./world.ts";

const usage = `Usage: npm run failover -- [options]

Two slapds A and B, two replicas that prefer A, one gateway. A is frozen, killed, black-holed and refused, in turn, under load.

Options:
  --rate N      logins a second (default 100)
  --faults N    seconds that each fault lasts (default 8)
  --only NAME   frozen, killed, black-holed or refused
`;

interface Fault {
  readonly name: string;
  begin(world: World, a: LabDirectory): Promise<void> | void;
  end(world: World, a: LabDirectory): Promise<void> | void;
}

const linesToA = ({ replicas }: World) =>
  replicas.flatMap(({ controllerLines }) => controllerLines.all.slice(0, 1));

const faults: readonly Fault[] = [
  { name: "frozen", begin: (_, a) => a.freeze(), end: (_, a) => a.thaw() },
  { name: "killed", begin: (_, a) => a.kill(), end: (_, a) => a.restart() },
  {
    name: "black-holed",
    begin: (world) => linesToA(world).forEach((line) => line.blackHole()),
    end: (world) => linesToA(world).forEach((line) => line.heal()),
  },
  {
    name: "refused",
    begin: (world) => linesToA(world).forEach((line) => line.cut()),
    end: (world) => linesToA(world).forEach((line) => line.heal()),
  },
];

interface Figures {
  readonly fault: string;
  readonly sent: number;
  readonly lost: number;
  readonly wrong: number;
  readonly extraBadCounts: number;
  readonly normalP50Ms: number;
  /** Logins that took far longer than usual. */
  readonly waited: number;
  /** After the fault, when the last of them was due. */
  readonly lastWaitedMs: number;
  /** Of the logins due from 2 s after the fault until its end. */
  readonly laterP50Ms: number;
  /** From the end of the fault until A checked a password again; infinite where that was not seen. */
  readonly backAfterMs: number;
}

const normalMs = 8_000;
/** Programs that have just been started are slower. */
const warmUpMs = 5_000;
const settledAfterMs = 2_000;
const medianRatioMax = 1.2;
/** A millisecond more or less is the clock's, and not the controller's. */
const medianSlackMs = 1;
const backWithinMs = 30_000;
/** What was sent to A before anybody could know: a search is waited for 150 ms, and this machine has pauses too. */
const unknowingMs = 500;
const waitedFactor = 5;
const waitedLeastMs = 60;
const deadlineMs = 11_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: "string", default: "100" },
      faults: { type: "string", default: "8" },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  await using directory = await startDirectory("slapd");
  await using world = await World.start({ directory, replicas: 2, gateways: 1 });
  const roster = new Roster(directory.accounts, directory.password);
  const gateways = () => world.gateways.map(({ program }) => program);
  const perSecond = Number(values.rate);
  await runLoad({ perSecond, seconds: warmUpMs / 1_000, isOver: () => true, roster, gateways, deadlineMs });
  let complaints = 0;
  for (const fault of faults.filter(({ name }) => values.only === undefined || name === values.only)) {
    const figures = await measure(world, fault, perSecond, 1_000 * Number(values.faults), roster);
    const broken = complaintsAbout(figures);
    complaints += broken.length;
    process.stdout.write(
      `${JSON.stringify(figures)}\n${broken.map((text) => `  BROKEN: ${text}\n`).join("")}`,
    );
  }
  return complaints === 0 ? 0 : 1;
}

async function measure(
  world: World,
  fault: Fault,
  perSecond: number,
  faultMs: number,
  roster: Roster,
): Promise<Figures> {
  const [a] = world.directory.controllers;
  await world.settled(world.replicas.length);
  const countBefore = await world.directory.countBadPasswords();
  let isOver = false;
  const course = (async () => {
    await sleep(normalMs);
    const fromMs = performance.now();
    await fault.begin(world, a);
    await sleep(faultMs);
    await fault.end(world, a);
    const endedAtMs = performance.now();
    const backAfterMs = await untilUsed(world, endedAtMs);
    const backAtMs = performance.now();
    await sleep(normalMs);
    return { fromMs, toMs: fromMs + faultMs, backAfterMs, backAtMs };
  })().finally(() => (isOver = true));
  const load = { perSecond, seconds: 1, roster, deadlineMs, isOver: () => isOver };
  const logins = await runLoad({ ...load, gateways: () => world.gateways.map(({ program }) => program) });
  const { fromMs, toMs, backAfterMs, backAtMs } = await course;
  const countAfter = await world.directory.countBadPasswords();
  // On both sides of the fault, because such a machine has faster and slower minutes.
  const normal = logins.filter(({ dueAtMs }) => dueAtMs < fromMs || dueAtMs > backAtMs);
  const usualMs = percentile(normal, 0.5);
  const waitedMs = Math.max(waitedLeastMs, waitedFactor * percentile(normal, 0.9));
  const waited = logins.filter(({ dueAtMs, ms }) => dueAtMs + ms > fromMs && dueAtMs < toMs && ms > waitedMs);
  const later = logins.filter(({ dueAtMs }) => dueAtMs > fromMs + settledAfterMs && dueAtMs < toMs);
  const wrongSent = logins.filter(({ kind }) => kind === "wrong").reduce((sum, { sent }) => sum + sent, 0);
  return {
    fault: fault.name,
    sent: logins.length,
    lost: logins.filter(({ end }) => end === "lost" || end === "unavailable").length,
    wrong: logins.filter(isWrong).length,
    extraBadCounts: Math.max(0, countAfter - countBefore - wrongSent),
    normalP50Ms: rounded(usualMs),
    waited: waited.length,
    lastWaitedMs: rounded(Math.max(0, ...waited.map(({ dueAtMs }) => dueAtMs - fromMs))),
    laterP50Ms: rounded(percentile(later, 0.5)),
    backAfterMs: rounded(backAfterMs),
  };
}

function complaintsAbout(figures: Figures): readonly string[] {
  const { normalP50Ms, laterP50Ms } = figures;
  const promises: readonly (readonly [kept: boolean, promise: string])[] = [
    [figures.sent > 0, "something was sent"],
    [figures.lost === 0, "no login is lost or unavailable"],
    [figures.wrong === 0, "no verdict is wrong"],
    [figures.extraBadCounts === 0, "each wrong password counts once"],
    [figures.lastWaitedMs <= unknowingMs, `who comes ${unknowingMs} ms after the fault does not wait`],
    [
      laterP50Ms <= medianRatioMax * normalP50Ms + medianSlackMs,
      `from ${settledAfterMs} ms on the median is within ${medianRatioMax} of normal`,
    ],
    [figures.backAfterMs <= backWithinMs, `A is used again within ${backWithinMs} ms`],
  ];
  return promises.filter(([kept]) => !kept).map(([, promise]) => promise);
}

/** Looks at the replicas' own counters, because A answers probes long before it is trusted with logins. */
async function untilUsed(world: World, sinceMs: number): Promise<number> {
  const name = `${hosts[0]}:636`;
  const binds = async (): Promise<number> => {
    const labels = { controller: name, operation: "bind" };
    const counts = await Promise.all(
      world.replicas.map(({ program }) =>
        program.readMetric("drawbridge_directory_operations_total", labels),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const before = await binds();
  // Time-outs of binds from before are counted too, but not so many.
  const logins = 50;
  while (performance.now() - sinceMs < backWithinMs) {
    if ((await binds()) - before > logins) return performance.now() - sinceMs;
    await sleep(200);
  }
  return Infinity;
}

function rounded(ms: number): number {
  return Math.round(10 * ms) / 10;
}
