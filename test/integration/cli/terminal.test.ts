/**
 * What is different at a terminal: a password is asked for and not shown, and there are colours.
 */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { before, test } from "node:test";
import { ensurePackages } from "../../support/packages.ts";
import { runCli } from "../../support/run-cli.ts";
import { runAtTerminal } from "../../support/terminal.ts";

before(() => ensurePackages());

test("a password is asked for, not shown, and sent as it was typed", { timeout: 60_000 }, async () => {
  let sent = "";
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (text: string) => (sent += text));
    request.on("end", () => response.end('{"outcome":"accepted"}'));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shown = await runAtTerminal(["login", "--url", url, "--username", "ada"], {
    prompt: "Password: ",
    answer: "Analytical-Engine",
  });
  server.close();
  assert.deepEqual(JSON.parse(sent), { username: "ada", password: "Analytical-Engine" });
  assert.match(shown, /^Password: \r\n\{"outcome":"accepted"\}\r\n$/);
});

test("colours are for terminals, and not for those who want none", { timeout: 60_000 }, async () => {
  const args = ["doctor", "--config", "/nowhere/drawbridge.yaml"];
  const red = "\u001b[31mWRONG";
  assert.ok((await runAtTerminal(args)).includes(red));
  assert.ok(!(await runAtTerminal(args, { env: { NO_COLOR: "1" } })).includes("\u001b[3"));
  const piped = await runCli(args);
  assert.match(piped.stdout, /^WRONG/);
});
