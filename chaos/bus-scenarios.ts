/**
 * Faults of NATS nodes, of gateways, and of their lines.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { NatsNode } from "../test/support/nats-server.ts";
import type { Scenario } from "./scenario.ts";
import { openStream } from "./stream.ts";
import type { World } from "./world.ts";

export const busScenarios: readonly Scenario[] = [
  {
    name: "nats-node-killed",
    what: "the busiest NATS node is killed and comes back later",
    promised: { slowestMs: 3_000 },
    async run(world, fault) {
      const node = await natsNode(world);
      await node.kill();
      await fault.over();
      await node.restart();
    },
  },
  {
    name: "nats-node-frozen",
    what: "the busiest NATS node is stopped with SIGSTOP and goes on later",
    async run(world, fault) {
      const node = await natsNode(world);
      node.freeze();
      await fault.over();
      node.thaw();
    },
  },
  {
    name: "nats-lame-duck",
    what: "the busiest NATS node enters lame duck mode, ends, and comes back",
    async run(world, fault) {
      const node = await natsNode(world);
      node.enterLameDuckMode();
      await sleep(2 * fault.ms);
      await fault.over();
      await node.restart();
    },
  },
  {
    name: "nats-restarted",
    what: "all NATS nodes are killed at once and come back",
    isPathless: true,
    async run(world, fault) {
      await Promise.all(world.nats.nodes.map((node) => node.kill()));
      await fault.over();
      await Promise.all(world.nats.nodes.map((node) => node.restart()));
    },
  },
  {
    name: "jetstream-disk-full",
    what: "no NATS node can store anything any more, while another application's stream is written to",
    async run(world, fault) {
      await using stream = await openStream(world.nats);
      if (!(await stream.append(entryBytes)))
        throw new Error("the stream takes nothing although there is room");
      await Promise.all(world.nats.nodes.map((node) => node.fillDisk()));
      while (await stream.append(entryBytes));
      await fault.over();
      if (await stream.append(entryBytes)) throw new Error("the stream goes on, so the disks are not full");
      await Promise.all(world.nats.nodes.map((node) => node.emptyDisk()));
      // A server that ran out of room has switched JetStream off until it is started again, as its operator has to: the next one
      // when everybody has come back from the last, since nodes that die faster than that are all dead at once.
      for (const node of world.nats.nodes) {
        await node.kill();
        await node.restart();
        await world.connected();
      }
    },
  },
  {
    name: "gateway-killed",
    what: "one gateway is killed while the others serve; another one starts later",
    async run(world, fault) {
      const gateway = world.victimGateway;
      await gateway.program.kill();
      await fault.over();
      await world.addGateway();
    },
  },
  {
    name: "gateway-line-reset",
    what: "one gateway's connections to NATS are reset",
    async run(world, fault) {
      const gateway = world.victimGateway;
      gateway.natsLines.cut();
      await sleep(Math.min(fault.ms, shortMs));
      gateway.natsLines.heal();
    },
  },
];

const entryBytes = 16_384;
/** A gateway that is cut off for longer than a person's patience has nothing else to say than that. */
const shortMs = 300;

async function natsNode(world: World): Promise<NatsNode> {
  const node = world.nats.nodes[await world.busiestNode()];
  if (node === undefined) throw new Error("there is no NATS node");
  return node;
}
