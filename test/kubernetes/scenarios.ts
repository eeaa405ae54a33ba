/**
 * What is done to the cluster while people log in.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { release, upgrade } from "./installation.ts";
import type { Images, Settings } from "./installation.ts";

export interface Scenario {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const connectors = `deployment/${release}-drawbridge-connector`;
const gateways = `deployment/${release}-drawbridge-gateway`;
const natsServers = `statefulset/${release}-drawbridge-nats`;
const goneTimeoutMs = 120_000;
const pollMs = 250;

export function scenariosOf(cluster: Cluster, images: Images, changed: Settings): readonly Scenario[] {
  const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(...args);
  const rolledOut = (workload: string): Promise<string> =>
    kubectl("rollout", "status", workload, "--timeout=240s");
  const scale = async (replicas: number): Promise<void> => {
    await kubectl("scale", connectors, `--replicas=${replicas}`);
    await rolledOut(connectors);
    await untilPods(cluster, "connector", replicas);
  };
  const restart = async (workload: string): Promise<void> => {
    await kubectl("rollout", "restart", workload);
    await rolledOut(workload);
  };
  const killOne = async (component: string, workload: string): Promise<void> => {
    const [pod = ""] = await cluster.pods(component);
    await kubectl("delete", "pod", pod, "--force", "--grace-period=0");
    await rolledOut(workload);
  };
  return [
    { name: "nothing", run: () => sleep(5_000) },
    { name: "scale connectors 3 → 6", run: () => scale(6) },
    { name: "scale connectors 6 → 2", run: () => scale(2) },
    { name: "scale connectors 2 → 3", run: () => scale(3) },
    { name: "rollout restart, connectors", run: () => restart(connectors) },
    { name: "rollout restart, gateways", run: () => restart(gateways) },
    { name: "helm upgrade", run: () => upgrade(cluster, images, changed) },
    {
      name: "helm rollback",
      run: async () => {
        await cluster.helm("rollback", release, "--wait", "--timeout=4m");
      },
    },
    { name: "delete pod --force, a connector", run: () => killOne("connector", connectors) },
    ...[1, 2, 3, 4, 5].map((time) => ({
      name: `delete pod --force, a gateway (${time})`,
      run: () => killOne("gateway", gateways),
    })),
    { name: "delete pod --force, a NATS server", run: () => killOne("nats", natsServers) },
    { name: "drain, held by the budget", run: () => drain(cluster) },
    { name: "rollout restart, NATS servers", run: () => restart(natsServers) },
  ];
}

async function untilPods(cluster: Cluster, component: string, count: number): Promise<void> {
  const giveUpAt = performance.now() + goneTimeoutMs;
  while ((await cluster.pods(component)).length !== count) {
    if (performance.now() > giveUpAt) throw new Error(`there are not ${count} pods of ${component}`);
    await sleep(pollMs);
  }
}

/** On a cluster of one node what is evicted finds no other place, so that the budgets have to hold the rest. */
async function drain(cluster: Cluster): Promise<void> {
  const components = ["connector", "gateway"] as const;
  const before = await Promise.all(components.map((component) => cluster.pods(component)));
  const nodes = (await cluster.kubectl("get", "nodes", "--output=name")).trim().split("\n");
  const [pod = ""] = before.flat();
  const node = await cluster.kubectl("get", "pod", pod, "--output=jsonpath={.spec.nodeName}");
  try {
    const drained = await cluster
      .kubectl(
        "drain",
        node,
        "--pod-selector=app.kubernetes.io/component in (connector, gateway)",
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "--timeout=20s",
      )
      .then(
        () => true,
        () => false,
      );
    const after = await Promise.all(components.map((component) => cluster.pods(component)));
    const left = before.map((names, index) => names.filter((name) => after[index]?.includes(name)).length);
    const held = before.every((names, index) => left[index] === names.length - 1);
    if (nodes.length === 1 && (drained || !held)) {
      throw new Error(
        `the budgets held ${left.join(" and ")} of ${before.map(({ length }) => length).join(" and ")} pods`,
      );
    }
  } finally {
    await cluster.kubectl("uncordon", node);
  }
  for (const workload of [connectors, gateways]) {
    await cluster.kubectl("rollout", "status", workload, "--timeout=120s");
  }
}
