/**
 * Every key is replaced while people log in, by the steps that `drawbridge keys` prints; whoever kept an old one is shut out.
 */

import assert from "node:assert/strict";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseInput } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { startConnector, startGateway } from "../support/drawbridge.ts";
import type { GatewayProgram } from "../support/drawbridge.ts";
import type { IdentityKeys } from "../support/identity-keys.ts";
import { startNats } from "../support/nats-server.ts";
import type { Nats } from "../support/nats-server.ts";
import type { Program } from "../support/program.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";

/** What an operator types; the files are where the programs read them, so each step is brought to them at once. */
async function drawbridge(name: string, ...args: readonly string[]): Promise<void> {
  const command = commands.find((one) => one.name === name);
  assert.ok(command !== undefined);
  assert.equal(await command.run(parseInput(command, args, new AbortController().signal)), 0);
}

function keysIn(folder: string): IdentityKeys {
  const pair = (name: string) => ({
    keyFile: join(folder, `${name}.key`),
    publicKeyFile: join(folder, `${name}.pub`),
  });
  return { gateway: pair("gateway"), connector: (name) => pair(`${name}.connector`) };
}

function natsWith(nats: Nats, folder: string): Nats {
  const own = { connector: join(folder, "nats-connector.nk"), gateway: join(folder, "nats-gateway.nk") };
  return { ...nats, nkeyFiles: { ...nats.nkeyFiles, ...own } };
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<number> {
  const startedAtMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAtMs > 60_000)
      throw new Error(`in 60 s it did not come true that ${what}`);
    await sleep(20);
  }
  return performance.now() - startedAtMs;
}

/** Resolves when each program has taken over one change more of these keys than it had. */
function renewal(programs: readonly Program[], keys: string): () => Promise<void> {
  const count = ({ log }: Program): number =>
    log.filter((record) => record["msg"] === "keys_renewed" && record["keys"] === keys).length;
  const before = programs.map(count);
  return async () => {
    await until(
      () => programs.every((program, index) => count(program) > (before[index] ?? 0)),
      `all took new keys over: ${keys}`,
    );
  };
}

/** Logins one after another, several at a time, until told to stop. */
function keepLoggingIn(gateway: GatewayProgram, slapd: Slapd) {
  const statuses: number[] = [];
  const stopping = new AbortController();
  const worker = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { status } = await gateway.login({ username: slapd.accounts.active, password: slapd.password });
      statuses.push(status);
      await sleep(5);
    }
  };
  const workers = Promise.all(Array.from({ length: 6 }, worker));
  return {
    async stop() {
      stopping.abort();
      await workers;
      return statuses;
    },
  };
}

async function setUp(t: TestContext) {
  await using cleanup = new AsyncDisposableStack();
  const slapd = cleanup.use(await startSlapd());
  const scratch = cleanup.use(await createScratch("rotation"));
  const { folder } = scratch;
  await drawbridge("keys", "--out", folder, "--connection", "corp");
  const observed = (users: string, observer: string): string =>
    users.replace("users: [", `users: [ { nkey: ${observer}, permissions: { subscribe: ">" } }`);
  const readUsers = (): Promise<string> => readFile(join(folder, "users.conf"), "utf8");
  const users = await readUsers();
  const nats = cleanup.use(await startNats({ users: ({ observer }) => observed(users, observer) }));
  const kept = join(folder, "kept");
  await mkdir(kept);
  for (const file of ["corp.connector.key", "corp.connector.pub", "gateway.key", "gateway.pub"])
    await copyFile(join(folder, file), join(kept, file));
  const own = { nats: natsWith(nats, folder), keys: keysIn(folder) };
  // Whoever kept the old identity keys, and has the present keys of the bus.
  const stolen = { nats: natsWith(nats, folder), keys: keysIn(kept) };
  const connections = { corp: { directory: slapd } };
  const programs = await Promise.all([
    startConnector({ ...own, name: "replica-1", connections }),
    startConnector({ ...own, name: "replica-2", connections }),
    startConnector({ ...stolen, name: "kept-replica", connections }),
    startGateway({ ...own, name: "gateway", connections: ["corp"] }),
    startGateway({ ...stolen, name: "kept-gateway", connections: ["corp"] }),
  ]);
  for (const program of programs) cleanup.use(program);
  const [one, other, keptReplica, gateway, keptGateway] = programs;
  const owned = cleanup.move();
  t.after(() => owned[Symbol.asyncDispose]());
  return {
    slapd,
    folder,
    replicas: [one, other],
    gateway,
    keptReplica,
    keptGateway,
    /** As `nats-server --signal reload` on every node. */
    reloadNats: async () => nats.setUsers(observed(await readUsers(), nats.publicKeys.observer)),
    step: (verb: "next" | "switch" | "drop", key: string) => drawbridge(`keys ${verb}`, key, "--in", folder),
  };
}

test(
  "keys are replaced under load without the loss of a login, and the old ones are refused",
  { timeout: 170_000 },
  async (t) => {
    const { slapd, replicas, gateway, keptReplica, keptGateway, reloadNats, step } = await setUp(t);
    const right = { username: slapd.accounts.active, password: slapd.password };
    assert.equal((await keptGateway.login(right)).status, 200);
    const load = keepLoggingIn(gateway, slapd);

    await t.test("the connectors' identity key; a replica that kept the old one is refused", async (own) => {
      const verified = () => keptReplica.readMetric("drawbridge_verifications_total");
      await until(async () => (await verified()) > 0, "the replica takes logins while its key is good");
      let renewed = renewal([gateway], "trusted");
      await step("next", "corp.connector");
      await renewed();
      renewed = renewal(replicas, "identity");
      await step("switch", "corp.connector");
      await renewed();
      const refused = () =>
        gateway.readMetric("drawbridge_sessions_refused_total", { why: "bad_certificate" });
      assert.equal(await refused(), 0);
      await step("drop", "corp.connector");
      const ms = await until(async () => (await refused()) > 0, "the old key is refused");
      own.diagnostic(`a replica with the old key was refused ${Math.round(ms)} ms after the file changed`);
      // What it had been granted before that may end now.
      await sleep(1_000);
      const before = await verified();
      for (let count = 0; count < 30; count += 1) assert.equal((await gateway.login(right)).status, 200);
      assert.equal(await verified(), before);
      // It would go on serving a gateway that believes its key as it did.
      await keptReplica.kill();
    });

    await t.test("the gateway's identity key; a gateway that kept the old one is refused", async (own) => {
      let renewed = renewal(replicas, "trusted");
      await step("next", "gateway");
      await renewed();
      renewed = renewal([gateway], "identity");
      const opened = await gateway.readMetric("drawbridge_sessions_opened_total");
      await step("switch", "gateway");
      await renewed();
      const sessionsAnew = async () =>
        (await gateway.readMetric("drawbridge_sessions_opened_total")) - opened;
      await until(async () => (await sessionsAnew()) >= replicas.length, "the sessions are set up anew");
      await step("drop", "gateway");
      const refuses = async () => (await keptGateway.login(right)).status === 503;
      const ms = await until(refuses, "the old key is refused");
      own.diagnostic(`a gateway with the old key was refused ${Math.round(ms)} ms after the file changed`);
      assert.equal((await keptGateway.login(right)).status, 503);
    });

    for (const [key, programs] of [
      ["nats-connector", replicas],
      ["nats-gateway", [gateway]],
    ] as const) {
      await t.test(`the NATS user ${key}`, async () => {
        await step("next", key);
        const renewed = renewal(programs, "bus");
        await step("switch", key);
        // The servers do not know it yet: it is tried again until they do, and nobody is cut off meanwhile.
        await Promise.all(
          programs.map((program) => program.findLog(({ msg }) => msg === "keys_unusable", 20_000)),
        );
        await reloadNats();
        await renewed();
        await step("drop", key);
        await reloadNats();
      });
    }

    const statuses = await load.stop();
    const lost = statuses.filter((status) => status !== 200);
    t.diagnostic(`${statuses.length} logins, ${lost.length} lost`);
    assert.ok(statuses.length > 500);
    assert.deepEqual(lost, []);
  },
);
