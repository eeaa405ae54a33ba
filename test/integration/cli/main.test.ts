/**
 * The command line itself: help, and what is wrong with how it was typed.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { findCommand, parseInput } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { CommandError } from "../../../src/cli/exit-codes.ts";
import { runCli } from "../../support/run-cli.ts";
import { createScratch } from "../../support/scratch.ts";

test("the help names every command, and each command's own help names its options", async () => {
  const [all, login] = await Promise.all([runCli(["--help"]), runCli(["login", "--help"])]);
  assert.deepEqual([all.code, login.code], [0, 0]);
  for (const { name } of commands) assert.ok(all.stdout.includes(`  ${name}`), name);
  for (const option of ["--url URL", "--username NAME", "--connection NAME"]) {
    assert.ok(login.stdout.includes(option), option);
  }
});

test("each command is found by its own name, and not the one whose name it begins with", () => {
  for (const { name } of commands) {
    assert.equal(findCommand(commands, [...name.split(" "), "--help"])?.name, name);
  }
});

test("an attempt's id may begin with dashes, and is no option then", () => {
  const explain = findCommand(commands, ["explain"]);
  assert.ok(explain !== undefined);
  for (const id of ["-Kv3kWmVqv0mB1Zt2cJ8Xg", "--v3kWmVqv0mB1Zt2cJ8Xg"].map((text) => text.padEnd(22, "A"))) {
    const { positional, texts, flag } = parseInput(
      explain,
      ["--log", "a.log", id, "--json"],
      new AbortController().signal,
    );
    assert.deepEqual([positional, texts("log"), flag("json")], [id, ["a.log"], true]);
  }
});

test("the version is the package's", async () => {
  const { code, stdout } = await runCli(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("an unknown command: exit code 64, the known ones, and no stack", async () => {
  const { code, stderr } = await runCli(["conector"]);
  assert.equal(code, 64);
  assert.match(stderr, /connector/);
  assert.ok(!stderr.includes("    at "), stderr);
});

test("a command line that cannot be understood is a sentence about it, for exit code 64", () => {
  const cases: readonly (readonly [command: string, args: readonly string[], says: RegExp])[] = [
    ["connector", ["--confg", "x.yaml"], /--config/],
    ["connector", [], /--config is missing/],
    ["connector", ["--config"], /--config/],
    ["connector", ["--config", "a.yaml", "b.yaml"], /too many arguments/],
    ["check-config", [], /FILE is missing/],
    ["check-config", ["a.yaml", "b.yaml"], /too many arguments/],
  ];
  for (const [name, args, says] of cases) {
    const command = commands.find((one) => one.name === name);
    assert.ok(command !== undefined);
    const parse = () => parseInput(command, args, new AbortController().signal);
    assert.throws(parse, (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.exitCode, 64);
      assert.match(error.message, says);
      return true;
    });
  }
});

test("a program whose section is not configured does not start", async () => {
  await using scratch = await createScratch("cli");
  const file = await scratch.write("drawbridge.yaml", "nats: {servers: [tls://nats.example.test:4222]}");
  const { code, stderr } = await runCli(["gateway", "--config", file]);
  assert.equal(code, 78);
  assert.match(stderr, /gateway/);
});
