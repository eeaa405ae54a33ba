/**
 * Servers of tests in containers, where `TEST_ENGINE=docker` says so: on the host's network and with its folder for temporary files, so that
 * nothing else about them is different.
 *
 * Without it, and for what needs more than a container is given (a disk of its own, another clock), they are this machine's own programs.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { images } from "./images.ts";

export const inContainers = process.env["TEST_ENGINE"] === "docker";

export interface ContainedCommand {
  /** The whole command line; it lives as long as the container does. */
  readonly words: readonly string[];
  /** What the client of the engine needs to be told. */
  readonly env: Readonly<Record<string, string>>;
  /** The process in the container, as this machine sees it, once it runs. */
  findPid(): number | undefined;
  freeze(): void;
  thaw(): void;
}

const imageOf = new Map<string, string>([
  ["drawbridge", images.drawbridge],
  ["nats-server", images.nats],
  ["slapd", images.openldap],
  ["samba", images.samba],
]);
const clientVariables = ["DOCKER_HOST", "DOCKER_CONTEXT", "HOME", "PATH"] as const;
const timeoutMs = 30_000;

/** @returns undefined for what runs on this machine itself. */
export function contain(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ContainedCommand | undefined {
  const program = basename(command);
  const image = imageOf.get(program);
  if (!inContainers || image === undefined) return undefined;
  const name = `drawbridge-test-${program}-${randomBytes(6).toString("hex")}`;
  return {
    words: [
      "docker",
      "run",
      "--rm",
      "--interactive",
      `--name=${name}`,
      "--network=host",
      // Files of tests are for their owner alone.
      `--user=${process.getuid?.() ?? 0}`,
      `--volume=${tmpdir()}:${tmpdir()}`,
      ...Object.entries(env).map(([variable, value]) => `--env=${variable}=${value}`),
      `--entrypoint=${program}`,
      image,
      ...args,
    ],
    env: Object.fromEntries(
      clientVariables
        .map((variable) => [variable, process.env[variable] ?? ""])
        .filter(([, value]) => value !== ""),
    ),
    findPid() {
      const pid = Number(docker("inspect", "--format={{.State.Pid}}", name));
      return pid > 0 ? pid : undefined;
    },
    freeze: () => void docker("pause", name),
    thaw: () => void docker("unpause", name),
  };
}

/** @returns what it printed; nothing where the container is not there, yet or any more. */
function docker(...args: readonly string[]): string {
  try {
    return execFileSync("docker", args, {
      encoding: "utf8",
      timeout: timeoutMs,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}
