/**
 * The cluster that KUBECONFIG names, spoken to by the real kubectl and helm, in one namespace that is gone afterwards.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { kubernetesTools } from "../../scripts/kubernetes/tools.ts";
import { runCommand } from "../support/run-command.ts";
import type { Scratch } from "../support/scratch.ts";

const commandTimeoutMs = 300_000;

export class Cluster {
  readonly namespace: string;
  readonly #scratch: Scratch;
  #files = 0;

  constructor(namespace: string, scratch: Scratch) {
    this.namespace = namespace;
    this.#scratch = scratch;
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.#run(kubernetesTools().kubectl, args);
  }

  helm(...args: readonly string[]): Promise<string> {
    return this.#run(kubernetesTools().helm, args);
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await this.kubectl("apply", "--filename", await this.file(list));
  }

  /** @returns the path of a file with that content. */
  file(content: object): Promise<string> {
    this.#files += 1;
    return this.#scratch.write(`${this.#files}.json`, JSON.stringify(content));
  }

  /** Names of the pods of a component that are there and not on their way out. */
  async pods(component: string): Promise<readonly string[]> {
    const selector = `app.kubernetes.io/component=${component}`;
    const text = await this.kubectl("get", "pods", "--selector", selector, "--output", "json");
    const { items } = JSON.parse(text) as {
      readonly items: readonly {
        readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
      }[];
    };
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name);
  }

  /** Calls back for each line that a pod prints, until it is disposed of. */
  follow(pod: string, onLine: (line: string) => void): Disposable {
    const child = spawn(
      kubernetesTools().kubectl,
      ["--namespace", this.namespace, "logs", "--follow", "--tail=-1", pod],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    createInterface({ input: child.stdout }).on("line", onLine);
    return { [Symbol.dispose]: () => child.kill() };
  }

  #run(program: string, args: readonly string[]): Promise<string> {
    return runCommand(program, ["--namespace", this.namespace, ...args], { timeoutMs: commandTimeoutMs });
  }
}
