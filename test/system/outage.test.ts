/**
 * Parts that go away and come back: everything recovers by itself, a fault is never a denial, and nothing has to be restarted.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startConnector, startGateway } from "../support/drawbridge.ts";
import type { GatewayProgram, LoginAnswer } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import { startLoginSystem } from "../support/login-system.ts";
import { startNats } from "../support/nats-server.ts";
import { createScratch } from "../support/scratch.ts";
import { startSamba } from "../support/samba.ts";
import { startSlapd } from "../support/slapd.ts";

/** Tries again while nobody can say. @throws {Error} when that does not end within 20 s. */
async function loginUntilSaid(
  gateway: GatewayProgram,
  request: Parameters<GatewayProgram["login"]>[0],
): Promise<LoginAnswer> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    const answer = await gateway.login(request);
    if (answer.status !== 503) return answer;
    assert.ok(performance.now() < giveUpAt, `still ${JSON.stringify(answer.body)}`);
    await sleep(100);
  }
}

test("the directory goes away and comes back", async () => {
  await using slapd = await startSlapd({ usersMax: 2 });
  await using system = await startLoginSystem({ directory: slapd, capture: false });
  const right = { username: "u1", password: slapd.password };
  assert.equal((await system.gateway.login(right)).status, 200);

  await slapd.kill();
  const during = await system.gateway.login(right);
  assert.equal(during.status, 503, JSON.stringify(during.body));
  assert.ok(Number(during.headers["retry-after"]) >= 1);
  const wrong = await system.gateway.login({ ...right, password: "wrong" });
  assert.equal(wrong.status, 503, "an outage must not read as a wrong password");
  for (const { program } of system.replicas)
    assert.equal((await fetch(`${program.opsUrl}/healthz`)).status, 200);

  await slapd.restart();
  assert.equal((await loginUntilSaid(system.gateway, right)).status, 200);
});

test("NATS goes away and comes back", async () => {
  await using slapd = await startSlapd({ usersMax: 2 });
  await using system = await startLoginSystem({ directory: slapd, capture: false });
  const right = { username: "u1", password: slapd.password };
  assert.equal((await system.gateway.login(right)).status, 200);
  const [node] = system.nats.nodes;
  assert.ok(node !== undefined);

  await node.kill();
  const during = await system.gateway.login(right);
  assert.equal(during.status, 503);
  assert.equal((await fetch(`${system.gateway.opsUrl}/readyz`)).status, 503);
  assert.equal((await fetch(`${system.gateway.opsUrl}/healthz`)).status, 200);

  await node.restart();
  assert.equal((await loginUntilSaid(system.gateway, right)).status, 200);
});

test("a replica that is told to end finishes what it was granted, and says so to the last", async () => {
  await using slapd = await startSlapd({ usersMax: 2 });
  await using system = await startLoginSystem({ directory: slapd });
  system.controllerLine.delay(100);
  const holder = system.nextGrant();
  const answering = system.gateway.login({ username: "u1", password: slapd.password });
  const { program } = await holder;
  const exit = await program.terminate();
  const answer = await answering;
  assert.equal(answer.status, 200);
  assert.deepEqual(exit, { code: 0, signal: null });
  const ended = program.log.filter(({ msg }) => msg === "verification_ended");
  assert.equal(ended.length, 1, "another replica had to take over");
});

test("one pool of connectors and one gateway serve two directories, and one outage is not the other's", async () => {
  await using corp = await startSamba();
  await using subsidiary = await startSlapd({ usersMax: 2 });
  await using nats = await startNats();
  await using scratch = await createScratch("connections");
  const keys = await createIdentityKeys(scratch.folder, ["corp", "subsidiary"]);
  const connections = { corp: { directory: corp }, subsidiary: { directory: subsidiary } };
  await using one = await startConnector({ nats, keys, connections });
  await using two = await startConnector({ nats, keys, connections });
  await using gateway = await startGateway({ nats, keys, connections: ["corp", "subsidiary"] });
  const ada = { connection: "corp", username: "ada", password: corp.password };
  const u1 = { connection: "subsidiary", username: "u1", password: subsidiary.password };

  assert.equal((await loginUntilSaid(gateway, ada)).status, 200);
  assert.equal((await loginUntilSaid(gateway, u1)).status, 200);
  assert.equal(
    (await gateway.login({ ...ada, connection: "subsidiary" })).status,
    200,
    "she is in both, with one password",
  );
  assert.equal((await gateway.login({ ...u1, connection: "corp" })).status, 401, "but he is in one only");

  await subsidiary.kill();
  const lost = await gateway.login(u1);
  assert.equal(lost.status, 503);
  assert.equal((await gateway.login(ada)).status, 200);
  for (const program of [one, two]) assert.equal((await fetch(`${program.opsUrl}/readyz`)).status, 200);
});

test("connectors that are started before their directory and before NATS come right by themselves", async () => {
  await using slapd = await startSlapd({ usersMax: 2 });
  await using nats = await startNats();
  await using scratch = await createScratch("early");
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const [node] = nats.nodes;
  assert.ok(node !== undefined);
  await node.kill();
  await slapd.kill();
  const starting = startConnector({ nats, keys, connections: { corp: { directory: slapd } } });
  await sleep(1_500);
  await node.restart();
  await slapd.restart();
  await using connector = await starting;
  await using gateway = await startGateway({ nats, keys, connections: ["corp"] });
  assert.equal((await loginUntilSaid(gateway, { username: "u1", password: slapd.password })).status, 200);
  assert.equal(connector.isRunning(), true);
});
