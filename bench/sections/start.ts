/**
 * How long the programs take to be ready, and how much memory they have, idle and under load.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Program } from "../../test/support/program.ts";
import { Installation } from "../installation.ts";
import { residentMbOf } from "../process-figures.ts";
import { ldapsPort } from "./ours.ts";
import type { Section } from "./section.ts";

const [connection, pool] = ["corp", 16];
const idleMs = 2_000;
const loadMs = 6_000;
const perSecond = 200;
export const startAt = { perSecond } as const;

class Measured {
  readonly readyMs: number[] = [];
  readonly idleMb: number[] = [];
  readonly loadedMb: number[] = [];

  async start<Started extends Program>(start: () => Promise<Started>): Promise<Started> {
    const startedAtMs = performance.now();
    const program = await start();
    this.readyMs.push(performance.now() - startedAtMs);
    return program;
  }
}

export const start: Section = {
  name: "start",
  what: `time to ready, and memory: idle, and after ${loadMs / 1_000} s at ${perSecond} logins a second`,
  async run({ users, rounds, env, tell }) {
    await using installation = await Installation.start({ users, connections: [connection], env });
    const [ofConnector, ofGateway] = [new Measured(), new Measured()];
    for (let round = 0; round < rounds; round += 1) {
      await using connector = await ofConnector.start(() =>
        installation.replica(connection, ldapsPort, pool),
      );
      await using gateway = await ofGateway.start(() => installation.gateway([connection]));
      await sleep(idleMs);
      ofConnector.idleMb.push(residentMbOf(connector.pid));
      ofGateway.idleMb.push(residentMbOf(gateway.pid));
      await using driver = await installation.driver("gateway", {
        url: gateway.loginUrl,
        connections: [connection],
      });
      await driver.run({ inFlight: 1, perSecond, ms: loadMs });
      ofConnector.loadedMb.push(residentMbOf(connector.pid));
      ofGateway.loadedMb.push(residentMbOf(gateway.pid));
    }
    for (const [name, { readyMs, idleMb, loadedMb }] of [
      ["connector", ofConnector],
      ["gateway", ofGateway],
    ] as const)
      tell({ section: "start", name, at: startAt, rounds: { readyMs, idleMb, loadedMb } });
  },
};
