/**
 * Faults of the directory's controllers and of the lines to them.
 *
 * @module
 */

import type { LabDirectory } from "../test/support/lab-directory.ts";
import type { TcpProxy } from "../test/support/tcp-proxy.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

const slowMs = 500;

export const controllerScenarios: readonly Scenario[] = [
  {
    name: "controller-killed",
    what: "the controller in use is killed and comes back later",
    async run(world, fault) {
      const controller = await controllerInUse(world);
      await controller.kill();
      await fault.over();
      await controller.restart();
    },
  },
  {
    name: "controller-frozen",
    what: "the controller in use is stopped with SIGSTOP and goes on later",
    async run(world, fault) {
      const controller = await controllerInUse(world);
      controller.freeze();
      await fault.over();
      controller.thaw();
    },
  },
  onLines("controller-black-holed", "what is sent to the controller in use vanishes", (line) =>
    line.blackHole(),
  ),
  onLines("controller-slow", "the controller in use answers a second later", (line) => line.delay(slowMs)),
  onLines("controller-refusing", "connections to the controller in use are reset", (line) => line.cut()),
  {
    name: "all-controllers-down",
    what: "both controllers are killed and come back later",
    isPathless: true,
    async run(world, fault) {
      const { controllers } = world.directory;
      await Promise.all(controllers.map((controller) => controller.kill()));
      await fault.over();
      await Promise.all(controllers.map((controller) => controller.restart()));
    },
  },
];

function onLines(name: string, what: string, breakLine: (line: TcpProxy) => void): Scenario {
  return {
    name,
    what,
    async run(world, fault) {
      const lines = await linesToControllerInUse(world);
      for (const line of lines) breakLine(line);
      await fault.over();
      for (const line of lines) line.heal();
    },
  };
}

async function controllerInUse(world: World): Promise<LabDirectory> {
  const controller = world.directory.controllers[await world.busiestController()];
  if (controller === undefined) throw new Error("there is no controller");
  return controller;
}

async function linesToControllerInUse(world: World): Promise<readonly TcpProxy[]> {
  const index = await world.busiestController();
  return world.replicas.flatMap(({ controllerLines }) => controllerLines.all.slice(index, index + 1));
}
