/**
 * How long the programs take to be ready, and how much memory they have, idle and under load.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { Installation } from "../installation.ts";
import { residentMbOf } from "../process-figures.ts";
import { median } from "../rates.ts";
import { ldapsPort } from "./ours.ts";
import type { Section } from "./section.ts";

const [connection, pool] = ["corp", 16];
const idleMs = 2_000;
const loadMs = 8_000;
const perSecond = 200;

export const start: Section = {
  name: "start",
  what: `time to ready, and memory: idle, and after ${loadMs / 1_000} s at ${perSecond} logins a second`,
  async run({ users, rounds, env, tell }) {
    await using installation = await Installation.start({ users, connections: [connection], env });
    const programs = {
      connector: () => installation.replica(connection, ldapsPort, pool),
      gateway: () => installation.gateway([connection]),
    };
    const readyMs = { connector: [] as number[], gateway: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      for (const name of ["connector", "gateway"] as const) {
        const startedAtMs = performance.now();
        await using program = await programs[name]();
        readyMs[name].push(performance.now() - startedAtMs);
        void program;
      }
    }
    await using gateway = await programs.gateway();
    await using connector = await programs.connector();
    await sleep(idleMs);
    const idle = { connector: residentMbOf(connector.pid), gateway: residentMbOf(gateway.pid) };
    await using driver = await installation.driver("gateway", {
      url: gateway.loginUrl,
      connections: [connection],
    });
    await driver.run({ inFlight: 1, perSecond, ms: loadMs });
    const loaded = { connector: residentMbOf(connector.pid), gateway: residentMbOf(gateway.pid) };
    for (const name of ["connector", "gateway"] as const) {
      tell({
        section: "start",
        name,
        at: { perSecond },
        figures: { readyMs: median(readyMs[name]), idleMb: idle[name], loadedMb: loaded[name] },
      });
    }
  },
};
