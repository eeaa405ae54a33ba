/**
 * `drawbridge keys`: pairs that fit, files that only their owner reads, and nothing overwritten.
 */

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseInput } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { createKeys } from "../../../src/cli/create-keys.ts";
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
  for (const name of ["nats-connector.nk", "nats-gateway.nk"]) assert.match(read(name), /^SU[A-Z2-7]{56}\n$/);
  for (const name of readdirSync(out)) {
    assert.ok(stdout.includes(name), `${name} is not explained`);
    if (!/\.(key|nk)$/.test(name)) continue;
    assert.equal(statSync(join(out, name)).mode & 0o777, 0o600, name);
    for (const line of linesOf(read(name))) assert.ok(!stdout.includes(line), name);
  }
});

/** Without the first and last line of a PEM file, which are no secret. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}

const inputOf = (...args: readonly string[]) => {
  const command = commands.find(({ name }) => name === "keys");
  assert.ok(command !== undefined);
  return parseInput(command, args, new AbortController().signal);
};

test("a file that is there is not overwritten, and nothing else is written beside it", async () => {
  await using scratch = await createScratch("keys");
  const file = await scratch.write("gateway.key", "precious");
  const input = inputOf("--out", scratch.folder, "--connection", "corp");
  await assert.rejects(createKeys(input), { exitCode: 73, message: /gateway\.key/ });
  assert.equal(readFileSync(file, "utf8"), "precious");
  assert.deepEqual(readdirSync(scratch.folder), ["gateway.key"]);
});

test("a connection whose name is a path leads out of no folder", async () => {
  await using scratch = await createScratch("keys");
  const input = inputOf("--out", scratch.folder, "--connection", "../corp");
  await assert.rejects(createKeys(input), { exitCode: 64 });
  assert.deepEqual(readdirSync(scratch.folder), []);
});
