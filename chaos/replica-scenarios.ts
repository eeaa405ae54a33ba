/**
 * Faults of connector replicas and of their lines to NATS.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Direction } from "../test/support/tcp-proxy.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

const tenMinutes = 600;

export const replicaScenarios: readonly Scenario[] = [
  {
    name: "replica-killed",
    what: "one replica is killed with SIGKILL, another one starts later",
    async run(world, faultMs) {
      await world.replica(0).program.kill();
      await sleep(faultMs);
      await world.addReplica();
    },
  },
  {
    name: "replica-frozen",
    what: "one replica is stopped with SIGSTOP and goes on later, holding what it held",
    async run(world, faultMs) {
      const { program } = world.replica(0);
      program.freeze();
      await sleep(faultMs);
      program.thaw();
    },
  },
  {
    name: "replica-blocked",
    what: "one replica's event loop stands still for two seconds, while its kernel acknowledges what arrives",
    async run(world, faultMs) {
      process.kill(world.replica(0).program.pid, "SIGUSR2");
      await sleep(faultMs);
    },
  },
  {
    name: "rolling-restart",
    what: "every replica is replaced: a new one starts, the old one drains (SIGTERM)",
    async run(world) {
      for (const { program } of world.replicas) {
        await world.addReplica();
        await program.terminate();
      }
    },
  },
  cutOff("replica-cut-both-ways", "both"),
  cutOff("replica-cut-outwards", "to_server"),
  cutOff("replica-cut-inwards", "to_client"),
  {
    name: "replica-line-reset",
    what: "one replica's connections to NATS are reset, and new ones too for a while",
    async run(world, faultMs) {
      const { natsLines } = world.replica(0);
      natsLines.cut();
      await sleep(faultMs);
      natsLines.heal();
    },
  },
  {
    name: "replica-slow",
    what: "one replica needs ten times as long for its controllers' answers",
    async run(world, faultMs) {
      const { controllerLines } = world.replica(0);
      controllerLines.delay(50);
      await sleep(faultMs);
      controllerLines.heal();
    },
  },
  {
    name: "scale",
    what: "twice as many replicas, then two of them, then as many as before",
    async run(world, faultMs) {
      const count = world.replicas.length;
      await Promise.all(world.replicas.map(() => world.addReplica()));
      await sleep(faultMs);
      await Promise.all(world.replicas.slice(2).map(({ program }) => program.terminate()));
      await sleep(faultMs);
      await Promise.all(Array.from({ length: count - 2 }, () => world.addReplica()));
    },
  },
  {
    name: "started-too-early",
    what: "a replica starts before it can reach NATS or any controller, and another one leaves once it serves",
    async run(world, faultMs) {
      const old = world.replica(0);
      const early = await world.addReplica({ untilLive: true }, ({ natsLines, controllerLines }) => {
        natsLines.cut();
        controllerLines.cut();
      });
      await sleep(faultMs);
      early.natsLines.heal();
      early.controllerLines.heal();
      await replaced(world, old);
    },
  },
  {
    name: "clock-ahead",
    what: "a replica whose clock is ten minutes ahead takes the place of another one",
    run: (world, faultMs) => withClock(world, tenMinutes, faultMs),
  },
  {
    name: "clock-behind",
    what: "a replica whose clock is ten minutes behind takes the place of another one",
    run: (world, faultMs) => withClock(world, -tenMinutes, faultMs),
  },
];

function cutOff(name: string, direction: Direction): Scenario {
  const ways = { both: "in both directions", to_server: "outwards", to_client: "inwards" } as const;
  return {
    name,
    what: `one replica's lines to NATS carry nothing ${ways[direction]}, and nobody is told; later they heal`,
    async run(world, faultMs) {
      const { natsLines } = world.replica(0);
      natsLines.blackHole(direction);
      await sleep(faultMs);
      natsLines.heal();
    },
  };
}

async function withClock(world: World, clockOffsetSeconds: number, faultMs: number): Promise<void> {
  const old = world.replica(0);
  const odd = await world.addReplica({ clockOffsetSeconds });
  await replaced(world, old);
  await sleep(faultMs);
  await world.addReplica();
  await odd.program.terminate();
}

/** The others can do without it once one more is ready. */
async function replaced(world: World, old: ReturnType<World["replica"]>): Promise<void> {
  await world.settled(world.replicas.length);
  await old.program.terminate();
}
