/**
 * `drawbridge keys`: pairs that fit, files that only their owner reads, nothing overwritten, and one key after another.
 */

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseInput } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { createKeys } from "../../../src/cli/create-keys.ts";
import { findRotatedKey } from "../../../src/cli/keys/rotated-key.ts";
import { dropKeys, makeNextKey, switchKey } from "../../../src/cli/keys/rotate.ts";
import { runCli } from "../../support/run-cli.ts";
import { createScratch } from "../../support/scratch.ts";

test("each private key has its public key, only its owner may read it, and it is not printed", async () => {
  await using scratch = await createScratch("keys");
  const out = join(scratch.folder, "keys");
  const { code, stdout } = await runCli([
    "keys",
    "--out",
    out,
    "--connection",
    "corp",
    "--connection",
    "subsidiary",
  ]);
  assert.equal(code, 0);
  const read = (name: string): string => readFileSync(join(out, name), "utf8");
  for (const name of ["corp.connector", "subsidiary.connector", "gateway"]) {
    const derived = createPublicKey(createPrivateKey(read(`${name}.key`)));
    assert.equal(derived.asymmetricKeyType, "ed25519");
    assert.ok(derived.equals(createPublicKey(read(`${name}.pub`))), name);
  }
  for (const name of ["nats-connector.nk", "nats-gateway.nk", "nats-auditor.nk"])
    assert.match(read(name), /^SU[A-Z2-7]{56}\n$/);
  for (const name of readdirSync(out)) {
    assert.ok(stdout.includes(name), `${name} is not explained`);
    if (!/\.(key|nk)$/.test(name)) continue;
    assert.equal(statSync(join(out, name)).mode & 0o777, 0o600, name);
    for (const line of linesOf(read(name))) assert.ok(!stdout.includes(line), name);
  }
});

test("a key is replaced in three steps, and at none of them does anybody hold a key that the others do not know", async () => {
  for (const name of ["corp.connector", "gateway", "nats-gateway", "nats-auditor"]) {
    await using scratch = await createScratch("keys");
    await createKeys(inputOf("keys", "--out", scratch.folder, "--connection", "corp"));
    const key = findRotatedKey(name);
    assert.ok(key !== undefined);
    const { secretFiles, publicFile } = key;
    const read = (file: string): string => readFileSync(join(scratch.folder, file), "utf8");
    const step = (verb: "next" | "switch" | "drop"): Promise<unknown> =>
      ({ next: makeNextKey, switch: switchKey, drop: dropKeys })[verb](
        inputOf(`keys ${verb}`, name, "--in", scratch.folder),
      );
    const known = (): readonly string[] => key.listed(read(publicFile));
    const old = read(secretFiles.current);
    const own = key.publicOf(old);
    const others = read(publicFile)
      .split("\n")
      .filter((line) => !line.includes(own) && !own.includes(line));
    assert.deepEqual(known(), [key.publicOf(old)]);
    await assert.rejects(step("switch"), { exitCode: 73, message: /keys next/ });
    await assert.rejects(step("drop"), { exitCode: 73, message: /no old key/ });

    await step("next");
    const next = read(secretFiles.next);
    assert.equal(statSync(join(scratch.folder, secretFiles.next)).mode & 0o777, 0o600);
    assert.equal(read(secretFiles.current), old);
    assert.deepEqual(known(), [key.publicOf(old), key.publicOf(next)]);
    await assert.rejects(step("next"), { exitCode: 73, message: /keys switch/ });

    await step("switch");
    assert.deepEqual([read(secretFiles.current), read(secretFiles.previous)], [next, old]);
    assert.deepEqual(known(), [key.publicOf(old), key.publicOf(next)]);
    await assert.rejects(step("next"), { exitCode: 73, message: /keys drop/ });

    await step("drop");
    assert.deepEqual(known(), [key.publicOf(next)]);
    assert.deepEqual(
      readdirSync(scratch.folder)
        .filter((file) => file.startsWith(`${name}.`))
        .toSorted(),
      [secretFiles.current, ...(publicFile.startsWith(name) ? [publicFile] : [])].toSorted(),
    );
    for (const line of others) assert.ok(read(publicFile).includes(line), `${name}: ${line} is gone`);
  }
});

test("a key that gateways share is replaced in three steps, and at each of them all open what any seals", async () => {
  for (const name of ["state", "connector-state"]) {
    await using scratch = await createScratch("keys");
    await createKeys(inputOf("keys", "--out", scratch.folder, "--connection", "corp"));
    const step = (verb: "next" | "switch" | "drop"): Promise<unknown> =>
      ({ next: makeNextKey, switch: switchKey, drop: dropKeys })[verb](
        inputOf(`keys ${verb}`, name, "--in", scratch.folder),
      );
    const file = join(scratch.folder, `${name}.key`);
    const held = (): readonly string[] => readFileSync(file, "utf8").trimEnd().split("\n");
    const [old, ...none] = held();
    assert.deepEqual(none, []);
    await assert.rejects(step("switch"), { exitCode: 73, message: /keys next/ });
    await assert.rejects(step("drop"), { exitCode: 73, message: /no old key/ });

    await step("next");
    const [sealing, next] = held();
    assert.equal(sealing, old, "nobody else could open yet what the next key seals");
    assert.ok(next !== undefined && Buffer.from(next, "base64").length === 32 && next !== old);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await assert.rejects(step("next"), { exitCode: 73, message: /keys switch/ });
    await assert.rejects(step("drop"), { exitCode: 73, message: /no old key/ });
    assert.deepEqual(held(), [old, next]);

    await step("switch");
    assert.deepEqual(held(), [next, old]);
    await assert.rejects(step("next"), { exitCode: 73, message: /keys drop/ });

    await step("drop");
    assert.deepEqual(held(), [next]);
    assert.deepEqual(
      readdirSync(scratch.folder).filter((one) => one.startsWith(`${name}.`)),
      [`${name}.key`],
    );
    const journal = readFileSync(join(scratch.folder, "audit.jsonl"), "utf8");
    assert.ok([old, next].every((one) => one !== undefined && !journal.includes(one)));
    await step("next");
    await step("switch");
    await step("drop");
  }
});

test("each step says who gets which file, what comes next, and no secret; the list names every key", async () => {
  await using scratch = await createScratch("keys");
  const folder = scratch.folder;
  await createKeys(inputOf("keys", "--out", folder, "--connection", "corp"));
  const next = await runCli(["keys", "next", "nats-connector", "--in", folder]);
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stdout, /users\.conf to every NATS server.*nats-server --signal reload/);
  assert.match(next.stdout, /keys switch nats-connector/);
  const nextState = await runCli(["keys", "next", "state", "--in", folder]);
  assert.match(nextState.stdout, /state\.key to every gateway[^]*keys switch state/);
  const list = await runCli(["keys", "list", "--in", folder]);
  for (const name of ["corp.connector", "gateway", "nats-connector", "nats-gateway"]) {
    assert.match(list.stdout, new RegExp(`^${name} +current +\\d{4}-\\d\\d-\\d\\d  \\S{43,}$`, "m"));
  }
  assert.match(list.stdout, /^nats-connector +next /m);
  assert.match(list.stdout, /^state +current .+\nstate +next /m);
  for (const file of readdirSync(folder).filter((name) => /\.(key|nk)$/.test(name))) {
    for (const line of linesOf(readFileSync(join(folder, file), "utf8"))) {
      const printed = next.stdout + nextState.stdout + list.stdout;
      assert.ok(!printed.includes(line), `${file} was printed`);
    }
  }
});

test("a key that is not there, a name that is a path, and users.conf in another hand are refused", async () => {
  await using scratch = await createScratch("keys");
  await createKeys(inputOf("keys", "--out", scratch.folder, "--connection", "corp"));
  for (const name of ["corp", "other.connector", "../gateway", "gateway.key"]) {
    const input = inputOf("keys next", name, "--in", scratch.folder);
    await assert.rejects(makeNextKey(input), { exitCode: 64, message: /corp\.connector, gateway/ });
  }
  await scratch.write("users.conf", "authorization { token: x }\n");
  await assert.rejects(makeNextKey(inputOf("keys next", "nats-gateway", "--in", scratch.folder)), {
    exitCode: 73,
  });
  assert.equal(readFileSync(join(scratch.folder, "users.conf"), "utf8"), "authorization { token: x }\n");
});

/** Without the first and last line of a PEM file, which are no secret. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}

const inputOf = (command: string, ...args: readonly string[]) => {
  const found = commands.find(({ name }) => name === command);
  assert.ok(found !== undefined);
  return parseInput(found, args, new AbortController().signal);
};

test("a file that is there is not overwritten, and nothing else is written beside it", async () => {
  await using scratch = await createScratch("keys");
  const file = await scratch.write("gateway.key", "precious");
  const input = inputOf("keys", "--out", scratch.folder, "--connection", "corp");
  await assert.rejects(createKeys(input), { exitCode: 73, message: /gateway\.key/ });
  assert.equal(readFileSync(file, "utf8"), "precious");
  assert.deepEqual(readdirSync(scratch.folder), ["gateway.key"]);
});

test("a connection whose name is a path leads out of no folder", async () => {
  await using scratch = await createScratch("keys");
  const input = inputOf("keys", "--out", scratch.folder, "--connection", "../corp");
  await assert.rejects(createKeys(input), { exitCode: 64 });
  assert.deepEqual(readdirSync(scratch.folder), []);
});

test("who made and changed keys stays beside them, and names no secret", async () => {
  await using scratch = await createScratch("keys");
  await createKeys(inputOf("keys", "--out", scratch.folder, "--connection", "corp"));
  await makeNextKey(inputOf("keys next", "gateway", "--in", scratch.folder));
  await switchKey(inputOf("keys switch", "gateway", "--in", scratch.folder));
  await dropKeys(inputOf("keys drop", "gateway", "--in", scratch.folder));
  const text = readFileSync(join(scratch.folder, "audit.jsonl"), "utf8");
  const records = linesOf(text).map((line): Readonly<Record<string, unknown>> => ({ ...JSON.parse(line) }));
  assert.deepEqual(
    records.map(({ act, change }) => [act, change]),
    ["create", "next", "switch", "drop"].map((change) => ["keys_changed", change]),
  );
  const counts = records.slice(1).map(({ ids }) => Array.isArray(ids) && ids.length);
  assert.deepEqual(counts, [2, 2, 1]);
  assert.ok(records.every(({ user, host }) => user === userInfo().username && host === hostname()));
  for (const name of readdirSync(scratch.folder).filter((file) => /\.(key|nk)$/.test(file))) {
    for (const line of linesOf(readFileSync(join(scratch.folder, name), "utf8")))
      assert.ok(!text.includes(line));
  }
  const { code, stdout } = await runCli(["audit", "--file", join(scratch.folder, "audit.jsonl")]);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^\S+ keys_changed +keys .*change=switch keys=gateway ids=\S+,\S+ user=\S+ host=\S+$/m,
  );
});
