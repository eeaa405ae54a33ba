/**
 * What both programs have left five seconds after logins: no password in the heap, and no password, name or DN in the most verbose log or
 * in the metrics. What else a heap may hold is said in `docs/operations/secrets.md`.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startConnector, startGateway } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import { startNats } from "../support/nats-server.ts";
import type { Program } from "../support/program.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";

test(
  "five seconds after logins no heap holds a password, right or wrong, or the name that nobody has",
  { timeout: 170_000 },
  async () => {
    await using slapd = await startSlapd();
    await using scratch = await createScratch("heap");
    await using nats = await startNats();
    const keys = await createIdentityKeys(scratch.folder, ["corp"]);
    const circumstances = {
      env: { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${scratch.folder}` },
    };
    const common = { nats, keys, circumstances, logLevel: "debug" };
    await using connector = await startConnector({ ...common, connections: { corp: { directory: slapd } } });
    await using gateway = await startGateway({ ...common, connections: ["corp"] });
    const wrong = "Quite-Another-Passw0rd-4711";
    const stranger = "somebody-who-is-not-there-4711";
    const { active } = slapd.accounts;
    assert.equal((await gateway.login({ username: active, password: slapd.password })).status, 200);
    assert.equal((await gateway.login({ username: active, password: wrong })).status, 401);
    assert.equal((await gateway.login({ username: stranger, password: wrong })).status, 401);
    assert.equal((await gateway.login({ username: "", password: wrong })).status, 400);
    await sleep(5_000);
    for (const program of [connector, gateway]) {
      // A text that is there for certain: the search finds what there is.
      const held = await heldBy(program, scratch.folder, [
        slapd.password,
        wrong,
        stranger,
        "drawbridge_bus_connected",
      ]);
      assert.deepEqual(held, ["drawbridge_bus_connected"], program.name);
    }
    const said = [connector, gateway].flatMap(({ log }) => log.map((record) => JSON.stringify(record)));
    const told = await Promise.all([connector, gateway].map(({ opsUrl }) => fetchText(`${opsUrl}/metrics`)));
    assert.ok(
      said.some((line) => line.includes('"level":"debug"')),
      "nothing was verbose",
    );
    for (const text of [slapd.password, wrong, stranger, `"${active}"`, slapd.baseDn]) {
      assert.ok(!said.join("").includes(text), `${text} is in a log`);
      assert.ok(!told.join("").includes(text), `${text} is in the metrics`);
    }
  },
);

async function fetchText(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** Those of the texts that are anywhere in a snapshot of this program's heap, taken now after a full collection. */
async function heldBy(
  program: Program,
  folder: string,
  texts: readonly string[],
): Promise<readonly string[]> {
  const listed = async () =>
    (await readdir(folder)).filter(
      (name) => name.endsWith(".heapsnapshot") && name.includes(`.${program.pid}.`),
    );
  process.kill(program.pid, "SIGUSR2");
  let [file] = await listed();
  while (file === undefined) {
    await sleep(50);
    [file] = await listed();
  }
  // The program answers nothing while it writes.
  await program.readMetric("drawbridge_bus_connected");
  const found = new Set<string>();
  let [tail, length, isWhole] = ["", 0, false];
  const reading = createReadStream(join(folder, file), "latin1");
  reading.on("data", (chunk) => {
    const seen = tail + String(chunk);
    for (const text of texts) if (seen.includes(text)) found.add(text);
    length += seen.length - tail.length;
    tail = seen.slice(-200);
    isWhole = tail.trimEnd().endsWith("}");
  });
  await once(reading, "end");
  assert.ok(isWhole && length > 1_000_000, "the snapshot is not whole");
  return [...found];
}
