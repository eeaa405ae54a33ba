/**
 * `drawbridge status` and `drawbridge load` in front of a running system.
 */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { startLoginSystem } from "../../support/login-system.ts";
import type { LoginSystem } from "../../support/login-system.ts";
import { runCli } from "../../support/run-cli.ts";
import type { CliResult } from "../../support/run-cli.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { Slapd } from "../../support/slapd.ts";

describe("with a running system", { timeout: 120_000 }, () => {
  let slapd: Slapd;
  let system: LoginSystem;
  let scratch: Scratch;
  before(async () => {
    slapd = await startSlapd({ usersMax: 2 });
    system = await startLoginSystem({ directory: slapd, replicas: 2, capture: false });
    scratch = await createScratch("status");
  });
  after(async () => {
    await scratch[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
    await slapd[Symbol.asyncDispose]();
  });

  async function status(...args: readonly string[]): Promise<CliResult> {
    const { nats, keys } = system;
    const config = await scratch.write(
      "gateway.yaml",
      JSON.stringify({
        nats: { servers: nats.servers, caFile: nats.caFile, nkeyFile: nats.nkeyFiles.gateway },
        gateway: {
          identityKeyFile: keys.gateway.keyFile,
          connections: { corp: { connectorKeyFiles: [keys.connector("corp").publicKeyFile] } },
        },
      }),
    );
    const programs = [system.gateway, ...system.replicas.map(({ program }) => program)];
    const ops = programs.flatMap(({ opsUrl }) => ["--ops", opsUrl]);
    return runCli(["status", "--config", config, ...ops, ...args]);
  }

  test("status lists the replicas that are heard, the programs and the controllers", async () => {
    const { code, stdout, stderr } = await status("--json");
    assert.equal(code, 0, stderr);
    const { replicas, programs } = JSON.parse(stdout);
    assert.deepEqual(
      new Map(replicas.map(({ replica, state }: Record<string, unknown>) => [replica, state])),
      new Map(system.replicas.map(({ id }) => [id, "ready"])),
    );
    const names = programs.map(({ program }: { program: string }) => program);
    assert.deepEqual(names, ["gateway", "connector", "connector"]);
    const { host, port } = system.controllerLine;
    assert.deepEqual(programs[1].controllers, [
      { connection: "corp", controller: `${host}:${port}`, state: "available" },
    ]);
    const shown = await status();
    assert.match(
      shown.stdout,
      /^corp {8}\S{16} {2}ready {2}64 {10}\d+ ms ago +\d+\.\d+\.\d+\S* {2,}\S{12}$/m,
    );
    assert.ok(!shown.stdout.includes("\u001b"), "no colours where it is no terminal");
  });

  test("load makes logins at its rate and says how they ended; a wrong password is sent once", async () => {
    const [passwordFile, wrongFile] = [
      await scratch.write("password", `${slapd.password}\n`),
      await scratch.write("wrong", "not-it\n"),
    ];
    const url = new URL(system.gateway.loginUrl).origin;
    const common = ["load", "--url", url, "--connection", "corp", "--json", "--rate", "20", "--seconds", "1"];
    const load = (username: string, file: string): Promise<CliResult> =>
      runCli([...common, "--username", username, "--password-file", file]);
    const { code, stdout, stderr } = await load("u1", passwordFile);
    assert.equal(code, 0, stderr);
    const { logins, outcomes, p50, p99 } = JSON.parse(stdout);
    assert.deepEqual([logins, outcomes], [20, { accepted: 20 }]);
    assert.ok(p50 > 0 && p99 >= p50);

    const wrong = await load("u2", wrongFile);
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.stdout,
      /The first login was not accepted \(denied: bad_credentials\), so there was no second\./,
    );
    assert.equal((await slapd.failureTimes("u2")).length, 1);
  });

  test("a replica that is killed is silent, and nobody there is an exit code", async () => {
    for (const { program } of system.replicas) await program.kill();
    const { code, stdout } = await status();
    assert.equal(code, 75);
    assert.match(stdout, /^no replica is heard$/m);
    assert.match(stdout, /no answer \(ECONNREFUSED\)/);
  });
});

test("load refuses more than its limits, and stops at the first denial", { timeout: 60_000 }, async () => {
  const common = ["load", "--username", "ada", "--url"];
  for (const beyond of [
    ["--rate", "51"],
    ["--seconds", "61"],
    ["--rate", "many"],
  ]) {
    const { code, stderr } = await runCli([...common, "http://127.0.0.1:1", ...beyond], {
      input: "secret\n",
    });
    assert.equal(code, 64, stderr);
  }
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    requests += 1;
    const isAccepted = requests < 4;
    response
      .writeHead(isAccepted ? 200 : 401)
      .end(JSON.stringify({ outcome: "denied", reason: "bad_credentials" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stdout } = await runCli([...common, url, "--rate", "10", "--seconds", "5"], {
    input: "secret\n",
  });
  server.close();
  assert.equal(code, 1);
  assert.match(stdout, /^ +\d {2}denied: bad_credentials$/m);
  // A machine that stood still for a moment sends what was due meanwhile together.
  assert.ok(requests >= 4 && requests < 10, String(requests));
});
