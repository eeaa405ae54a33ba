/**
 * The container engine that `docker` speaks to, with one network whose containers are gone when it is.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { runCommand } from "../support/run-command.ts";

export interface Container {
  readonly name: string;
  /** `http://127.0.0.1:port` of a port that was published. */
  url(port: number): Promise<string>;
  docker(verb: string, ...args: readonly string[]): Promise<string>;
}

export interface Engine extends AsyncDisposable {
  /** Starts a container that others reach as `alias`. @param args  Of `docker run`, the image and what comes after it. */
  run(alias: string, ...args: readonly string[]): Promise<Container>;
}

const timeoutMs = 120_000;

export function docker(...args: readonly string[]): Promise<string> {
  return runCommand("docker", args, { timeoutMs }).then((text) => text.trim());
}

export async function openEngine(): Promise<Engine> {
  const network = `drawbridge-${randomBytes(4).toString("hex")}`;
  await docker("network", "create", network);
  const names: string[] = [];
  return {
    async run(alias, ...args) {
      const name = `${network}-${alias}`;
      names.push(name);
      await docker(
        "run",
        "--detach",
        "--name",
        name,
        "--network",
        network,
        "--network-alias",
        alias,
        ...args,
      );
      return {
        name,
        url: async (port) => `http://${(await docker("port", name, String(port))).split("\n")[0] ?? ""}`,
        docker: (verb, ...more) => docker(verb, ...more, name),
      };
    },
    async [Symbol.asyncDispose]() {
      if (names.length > 0) await docker("rm", "--force", "--volumes", ...names);
      await docker("network", "rm", network);
    },
  };
}
