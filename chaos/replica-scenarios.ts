/**
 * Faults of connector replicas and of their lines to NATS.
 *
 * @module
 */

import type { Direction } from "../test/support/tcp-proxy.ts";
import type { Fault, Promised, Scenario } from "./scenario.ts";
import type { Replica, World } from "./world.ts";

const tenMinutes = 600;
const recovering: Promised = { p99BeyondNormalMs: 100, slowestMs: 1_500 };

export const replicaScenarios: readonly Scenario[] = [
  {
    name: "replica-killed",
    what: "one replica is killed with SIGKILL, another one starts later",
    promised: recovering,
    async run(world, fault) {
      await world.victim.program.kill();
      await fault.over();
      await world.addReplica();
    },
  },
  {
    name: "replica-frozen",
    what: "one replica is stopped with SIGSTOP and goes on later, holding what it held",
    promised: recovering,
    async run(world, fault) {
      const { program } = world.victim;
      program.freeze();
      await fault.over();
      program.thaw();
    },
  },
  {
    name: "replica-blocked",
    what: "one replica's event loop stands still for two seconds, while its kernel acknowledges what arrives",
    async run(world, fault) {
      process.kill(world.victim.program.pid, "SIGUSR2");
      await fault.over();
    },
  },
  {
    name: "rolling-restart",
    what: "every replica is replaced: a new one starts, the old one drains (SIGTERM)",
    promised: { p99Factor: 1.5 },
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
    async run(world, fault) {
      const { natsLines } = world.victim;
      natsLines.cut();
      await fault.over();
      natsLines.heal();
    },
  },
  {
    name: "replica-slow",
    what: "one replica needs ten times as long for its controllers' answers",
    promised: { p50Factor: 1.3 },
    async run(world, fault) {
      const { controllerLines } = world.victim;
      controllerLines.delay(50);
      await fault.over();
      controllerLines.heal();
    },
  },
  {
    name: "scale",
    what: "twice as many replicas, then two of them, then as many as before",
    async run(world, fault) {
      const count = world.replicas.length;
      await Promise.all(world.replicas.map(() => world.addReplica()));
      await fault.over();
      await Promise.all(world.replicas.slice(2).map(({ program }) => program.terminate()));
      await fault.over();
      await Promise.all(Array.from({ length: count - 2 }, () => world.addReplica()));
    },
  },
  {
    name: "started-too-early",
    what: "a replica starts before it can reach NATS or any controller, and another one leaves once it serves",
    async run(world, fault) {
      const old = world.victim;
      const early = await world.addReplica({ untilLive: true }, ({ natsLines, controllerLines }) => {
        natsLines.cut();
        controllerLines.cut();
      });
      await fault.over();
      early.natsLines.heal();
      early.controllerLines.heal();
      await replaced(world, old);
    },
  },
  {
    name: "clock-ahead",
    what: "a replica whose clock is ten minutes ahead takes the place of another one",
    run: (world, fault) => withClock(world, tenMinutes, fault),
  },
  {
    name: "clock-behind",
    what: "a replica whose clock is ten minutes behind takes the place of another one",
    run: (world, fault) => withClock(world, -tenMinutes, fault),
  },
];

function cutOff(name: string, direction: Direction): Scenario {
  const ways = { both: "in both directions", to_server: "outwards", to_client: "inwards" } as const;
  return {
    name,
    what: `one replica's lines to NATS carry nothing ${ways[direction]}, and nobody is told; later they heal`,
    async run(world, fault) {
      const { natsLines } = world.victim;
      natsLines.blackHole(direction);
      await fault.over();
      natsLines.heal();
    },
  };
}

async function withClock(world: World, clockOffsetSeconds: number, fault: Fault): Promise<void> {
  const old = world.victim;
  const odd = await world.addReplica({ clockOffsetSeconds });
  await replaced(world, old);
  await fault.over();
  await world.addReplica();
  await odd.program.terminate();
}

/** The others can do without it once one more is ready. */
async function replaced(world: World, old: Replica): Promise<void> {
  await world.settled(world.replicas.length);
  await old.program.terminate();
}
