/**
 * The last words of a program, and what it does when it is asked to show its memory.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startGateway } from "../../support/drawbridge.ts";
import { createIdentityKeys } from "../../support/identity-keys.ts";
import { startNats } from "../../support/nats-server.ts";
import { createScratch } from "../../support/scratch.ts";

const secret = "Sehr-geheim-4711";
/** Fails as a defect would: with what it was working on in the message, the cause and the properties of its error. */
const failing = `
const failure = () => Object.assign(new Error("cannot read ${secret}", { cause: new Error("${secret}") }), { password: "${secret}" });
process.once("SIGUSR2", () => {
  Promise.reject(failure());
  Promise.reject("${secret}");
  process.once("SIGUSR2", () => setTimeout(() => { throw failure(); }));
});
`;

test("no debugger opens, and neither a rejection that nobody handled nor the crash itself quotes what it was about", async () => {
  await using scratch = await createScratch("harden");
  await using nats = await startNats();
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const preload = await scratch.write("failing.mjs", failing);
  await using gateway = await startGateway({ nats, keys, connections: ["corp"], circumstances: { preload } });
  const defect = (where: string) =>
    gateway.findLog((record) => record["msg"] === "defect" && record["where"] === where, 5_000);

  process.kill(gateway.pid, "SIGUSR1");
  process.kill(gateway.pid, "SIGUSR2");
  const { kind, stack } = await defect("unhandled_rejection");
  assert.equal(kind, "Error");
  assert.match(JSON.stringify(stack), /failing\.mjs/);
  assert.ok(gateway.isRunning(), "a rejection ended the program");
  process.kill(gateway.pid, "SIGUSR2");
  await defect("uncaught_exception");
  assert.equal((await gateway.exited).code, 70);
  const output = gateway.recentOutput();
  assert.ok(!output.includes("geheim"), output);
  assert.ok(!/debugger/i.test(output), output);
});
