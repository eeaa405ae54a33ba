/**
 * `npm run test:image`: the image of `npm run image`, in the container engine that `docker` speaks to.
 */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { version } from "../../src/cli/version.ts";
import { images } from "../support/images.ts";
import { ensurePackages } from "../support/packages.ts";
import { docker } from "./engine.ts";
import { people, startContained, untilReady } from "./system.ts";
import type { ContainedSystem } from "./system.ts";

const sizeMax = 250_000_000;
const readyMaxMs = 2_000;
const image = images.drawbridge;

await ensurePackages(console.log);
const [inspected] = JSON.parse(await docker("image", "inspect", image));

test("the image is small", () => {
  console.log(`${image}: ${Math.round(inspected.Size / 1_000_000)} MB`);
  assert.ok(inspected.Size <= sizeMax);
});

test("it says what it is, runs as nobody in particular, and looks after its health", () => {
  const { User: user, Labels: labels, Healthcheck: health } = inspected.Config;
  assert.equal(user, "65532:65532");
  assert.equal(labels["org.opencontainers.image.version"], version());
  assert.equal(labels["org.opencontainers.image.licenses"], "Apache-2.0");
  assert.match(labels["org.opencontainers.image.revision"], /^[0-9a-f]{40}$/);
  assert.equal(health.Test[0], "CMD");
});

test("there is no shell and no package manager in it", async () => {
  for (const program of ["sh", "bash", "npm", "apt-get", "dpkg"]) {
    await assert.rejects(docker("run", "--rm", `--entrypoint=${program}`, image), /not found/);
  }
});

test("the native part of Kerberos loads", async () => {
  const load = 'require("/app/node_modules/kerberos/build/Release/kerberos.node"); console.log("loaded")';
  assert.equal(await docker("run", "--rm", "--entrypoint=node", image, "-e", load), "loaded");
});

test("with a read-only root and no capabilities", { timeout: 300_000 }, async (context) => {
  await using system = await startContained();
  await untilAccepted(system);

  await context.test("a replica is ready soon after its start", async () => {
    const times: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const connector = await system.startConnector();
      await connector.docker("restart");
      const startedAt = Date.parse(await connector.docker("inspect", "--format={{.State.StartedAt}}"));
      await untilReady(connector);
      times.push(Date.now() - startedAt);
      await connector.docker("stop");
    }
    console.log(`start to ready: ${times.join(", ")} ms`);
    assert.ok(Math.min(...times) <= readyMaxMs);
  });

  await context.test("the health check runs, and finds it healthy", async () => {
    assert.match(
      await docker("exec", system.gateway.name, "drawbridge", "status", "--ops", "http://127.0.0.1:9400"),
      /./,
    );
  });

  await context.test("a connector that is asked to end answers what it had taken", async () => {
    const third = await system.startConnector();
    assert.deepEqual(await loginsWhile(system, () => third.docker("stop")), ["accepted"]);
    assert.equal(await third.docker("inspect", "--format={{.State.ExitCode}}"), "0");
  });

  await context.test("a connector that freezes loses no login", async () => {
    const [first] = system.connectors;
    assert.ok(first !== undefined);
    assert.deepEqual(await loginsWhile(system, () => first.docker("pause")), ["accepted"]);
    await first.docker("unpause");
  });

  await context.test("a connector that is killed loses no login", async () => {
    const [first] = system.connectors;
    assert.ok(first !== undefined);
    assert.deepEqual(await loginsWhile(system, () => first.docker("kill")), ["accepted"]);
  });

  await context.test("a gateway that is asked to end answers the login that is under way", async () => {
    await system.directory.docker("pause");
    const login = system.login(0);
    await untilInFlight(system);
    const stopped = system.gateway.docker("stop", "--time=20");
    await sleep(300);
    await system.directory.docker("unpause");
    assert.equal(await login, "accepted");
    await stopped;
    assert.equal(await system.gateway.docker("inspect", "--format={{.State.ExitCode}}"), "0");
  });
});

/** @returns the different ways in which the logins ended that were under way while something happened. */
async function loginsWhile(system: ContainedSystem, act: () => Promise<unknown>): Promise<readonly string[]> {
  const logins = Array.from({ length: people }, async (_, index) => {
    await sleep(index * 25);
    return system.login(index);
  });
  await sleep(100);
  await act();
  return [...new Set(await Promise.all(logins))];
}

/** A gateway that has just started knows nobody yet. */
async function untilAccepted(system: ContainedSystem): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  let end = await system.login(0);
  while (end !== "accepted") {
    assert.ok(performance.now() < giveUpAt, end);
    await sleep(200);
    end = await system.login(0);
  }
}

async function untilInFlight({ gateway }: ContainedSystem): Promise<void> {
  const url = `${await gateway.url(9_400)}/metrics`;
  const giveUpAt = performance.now() + 5_000;
  while (performance.now() < giveUpAt) {
    if (/^drawbridge_logins_in_flight 1$/m.test(await (await fetch(url)).text())) return;
    await sleep(20);
  }
  throw new Error("the login did not begin");
}
