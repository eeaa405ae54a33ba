/**
 * `drawbridge explain`: one picture of one login, from the logs that real processes wrote.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startLoginSystem } from "../../support/login-system.ts";
import type { LoginSystem } from "../../support/login-system.ts";
import type { LogRecord, Program } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";
import type { CliResult } from "../../support/run-cli.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";

describe("drawbridge explain", { timeout: 120_000 }, () => {
  let samba: Samba;
  let system: LoginSystem;
  let scratch: Scratch;
  before(async () => {
    samba = await startSamba();
    system = await startLoginSystem({ directory: samba, replicas: 2 });
    scratch = await createScratch("explain");
  });
  after(async () => {
    await scratch[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
    await samba[Symbol.asyncDispose]();
  });

  async function attemptOf(username: string, password: string): Promise<string> {
    const { body } = await system.gateway.login({ username, password });
    return recorded(String(body["attempt"]));
  }

  /** The last records are written a moment after the answer. */
  async function recorded(attempt: string): Promise<string> {
    const isEnd = (record: LogRecord): boolean =>
      record["attempt"] === attempt && /^(login|verification)_ended$/.test(String(record["msg"]));
    const { connector } = await system.gateway.findLog(isEnd, 5_000);
    await system.replicas.find(({ id }) => id === connector)?.program.findLog(isEnd, 5_000);
    return attempt;
  }

  async function explain(
    attempt: string,
    programs: readonly Program[],
    ...args: readonly string[]
  ): Promise<CliResult> {
    const files = await Promise.all(
      programs.map((program, index) =>
        scratch.write(`${index}.log`, program.log.map((record) => JSON.stringify(record)).join("\n")),
      ),
    );
    return runCli(["explain", attempt, ...files.flatMap((file) => ["--log", file]), ...args]);
  }

  const everybody = (): readonly Program[] => [
    system.gateway,
    ...system.replicas.map(({ program }) => program),
  ];

  test("an accepted login: who did it, where, and how long each phase took", async () => {
    const attempt = await attemptOf("ada", samba.password);
    const { code, stdout, stderr } = await explain(attempt, everybody());
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^password at corp: accepted after [\d.]+ ms, on 127\.\S+:\d+$/m);
    assert.match(
      stdout,
      /connector \S{16} +accepted after [\d.]+ ms on 127\.\S+: search [\d.]+ ms, bind [\d.]+ ms, profile and groups [\d.]+ ms; the bind was answered with result 0 success$/m,
    );
    assert.match(
      stdout,
      /gateway \S{16} +answered accepted after [\d.]+ ms, by connector \S{16}, grants: 1$/m,
    );
    assert.ok(!stdout.includes("not given"));
    assert.ok(!/ada/i.test(stdout));
  });

  test("a denied one: the directory's code and sub-code, and what they mean", async () => {
    const attempt = await attemptOf("grace", "not-it");
    const { stdout } = await explain(attempt, everybody());
    assert.match(stdout, /^password at corp: denied \(bad_credentials\) after/m);
    assert.match(stdout, /the bind was answered with result 49 invalidCredentials, sub-code 52e$/m);
    assert.match(stdout, /^ {2}means: The directory refused the password\.$/m);
    assert.ok(!stdout.includes("not-it"));

    const [gateway] = everybody();
    assert.ok(gateway !== undefined);
    const alone = await explain(attempt, [gateway], "--json");
    const { missing, steps } = JSON.parse(alone.stdout);
    assert.match(missing[0], /^the log of connector \S{16}$/);
    assert.equal(steps.length, 1);
  });

  test("one whose replica was killed over it, and another one finished", async () => {
    const dead = system.nextBind();
    system.controllerLine.delay(200);
    const answering = system.gateway.login({ username: "user01", password: samba.password });
    const { program, id } = await dead;
    await program.kill();
    system.controllerLine.heal();
    const { body } = await answering;
    assert.equal(body["outcome"], "accepted");
    const { stdout } = await explain(await recorded(String(body["attempt"])), everybody());
    assert.match(stdout, /^password at corp: accepted after [\d.]+ ms, on \S+, at the 2\. replica$/m);
    assert.match(stdout, new RegExp(`connector ${id} fell silent, was asked, and did not answer`));
    assert.match(
      stdout,
      /took over from a silent replica; asks the directory whether that one's bind counted/,
    );
    assert.match(stdout, new RegExp(`not given: a last word of connector ${id}`));
    const order = ["fell silent", "took over", "answered accepted"].map((words) => stdout.indexOf(words));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  test("one that nobody could answer, and one that is in no log", async () => {
    for (const { program } of system.replicas) await program.terminate();
    const attempt = await attemptOf("ada", samba.password);
    const { stdout, stderr } = await explain(attempt, everybody());
    assert.equal(stderr, "");
    assert.match(stdout, /^password at corp: unavailable \(no_connector\) after/m);
    assert.match(stdout, /answered unavailable \(no_connector\) after [\d.]+ ms, granted to nobody$/m);
    assert.match(stdout, /^ {2}do: +Are connectors running/m);
    const unknown = await explain("AAAAAAAAAAAAAAAAAAAAAA", everybody());
    assert.equal(unknown.code, 67);
  });
});
