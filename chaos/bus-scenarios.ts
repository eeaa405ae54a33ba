/**
 * Faults of NATS nodes, of gateways, and of their lines.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { NatsNode } from "../test/support/nats-server.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

export const busScenarios: readonly Scenario[] = [
  {
    name: "nats-node-killed",
    what: "the busiest NATS node is killed and comes back later",
    async run(world, faultMs) {
      const node = await natsNode(world);
      await node.kill();
      await sleep(faultMs);
      await node.restart();
    },
  },
  {
    name: "nats-node-frozen",
    what: "the busiest NATS node is stopped with SIGSTOP and goes on later",
    async run(world, faultMs) {
      const node = await natsNode(world);
      node.freeze();
      await sleep(faultMs);
      node.thaw();
    },
  },
  {
    name: "nats-lame-duck",
    what: "the busiest NATS node enters lame duck mode, ends, and comes back",
    async run(world, faultMs) {
      const node = await natsNode(world);
      node.enterLameDuckMode();
      await sleep(3 * faultMs);
      await node.restart();
    },
  },
  {
    name: "nats-restarted",
    what: "all NATS nodes are killed at once and come back",
    isPathless: true,
    async run(world, faultMs) {
      await Promise.all(world.nats.nodes.map((node) => node.kill()));
      await sleep(faultMs);
      await Promise.all(world.nats.nodes.map((node) => node.restart()));
    },
  },
  {
    name: "gateway-killed",
    what: "one gateway is killed while the others serve; another one starts later",
    async run(world, faultMs) {
      const [gateway] = world.gateways;
      await gateway?.program.kill();
      await sleep(faultMs);
      await world.addGateway();
    },
  },
  {
    name: "gateway-line-reset",
    what: "one gateway's connections to NATS are reset",
    async run(world, faultMs) {
      const [gateway] = world.gateways;
      gateway?.natsLines.cut();
      await sleep(Math.min(faultMs, shortMs));
      gateway?.natsLines.heal();
    },
  },
];

/** A gateway that is cut off for longer than a person's patience has nothing else to say than that. */
const shortMs = 300;

async function natsNode(world: World): Promise<NatsNode> {
  const node = world.nats.nodes[await world.busiestNode()];
  if (node === undefined) throw new Error("there is no NATS node");
  return node;
}
