/**
 * `npm run demo`: Drawbridge from nothing to a login that survives the death of the replica which held it.
 *
 * Everything it shows really happens, on this machine, between real servers; it ends with 0 only if every claim held.
 * `--keep` leaves the system up and prints a curl line. Ctrl-C stops everything.
 *
 * @module
 */

import { once } from "node:events";
import { parseArgs } from "node:util";
import type { Program } from "../test/support/program.ts";
import { createNarrator, seconds } from "./narrator.ts";
import { scenes } from "./scenes.ts";
import { setStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** 128 + SIGINT, as shells have it. */
const interruptedExitCode = 130;

const { values: options } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const narrator = createNarrator(process.stdout);
const cleanup = new AsyncDisposableStack();
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort());
const interrupted = once(interruption.signal, "abort");

const startedAt = performance.now();
let told = false;
await Promise.race([tellStory(), interrupted]);
if (interruption.signal.aborted) narrator.say("Stopping everything …");
await cleanup.disposeAsync();
if (told) {
  narrator.scene(
    `Every claim held, and everything is stopped, after ${seconds(performance.now() - startedAt)}.`,
  );
}
// Ends at once what was just being started when the story ended early: servers die with this process.
process.exit(exitCode());

async function tellStory(): Promise<void> {
  let stage: Stage | undefined;
  try {
    narrator.title("Drawbridge: logging in against a directory that nobody outside can reach");
    narrator.say("you ──HTTP──▶ gateway ──▶ NATS ◀── three connector replicas ──LDAPS──▶ domain controller");
    narrator.scene("Before the story: real servers, on loopback addresses of this machine");
    stage = await setStage(cleanup, narrator);
    for (const scene of scenes) await scene(stage, narrator);
    told = true;
    if (options.keep) await keepUp(stage);
  } catch (error) {
    if (interruption.signal.aborted) return;
    narrator.failure(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    for (const program of stage === undefined ? [] : programsOf(stage)) {
      narrator.say(`The last lines of ${program.name}:\n${program.recentOutput()}`);
    }
  }
}

function programsOf({ system }: Stage): readonly Program[] {
  return [system.gateway, ...system.replicas.map(({ program }) => program)];
}

async function keepUp({ directory, system: { gateway } }: Stage): Promise<void> {
  const login = { connection: "corp", username: "ada", password: directory.password };
  narrator.scene("It stays up until Ctrl-C. Try it yourself:");
  narrator.say(
    `curl -s ${gateway.loginUrl} -H 'content-type: application/json' -d '${JSON.stringify(login)}'`,
  );
  await interrupted;
}

function exitCode(): number {
  if (told) return 0;
  return interruption.signal.aborted ? interruptedExitCode : 1;
}
