/**
 * `drawbridge login` against a gateway that answers what the test wants: what it sends, what it prints, how it ends.
 */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { runCli } from "../../support/run-cli.ts";

const password = "correct horse battery staple";

async function startGateway(status: number, answer: object) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const login = (url: string, ...more: readonly string[]) =>
  runCli(["login", "--url", url, "--username", "ada", ...more], { input: `${password}\n` });

test("each outcome has its exit code; the answer is printed as it came, the password never", async () => {
  const cases: readonly (readonly [status: number, answer: object, code: number])[] = [
    [200, { outcome: "accepted" }, 0],
    [401, { outcome: "denied", reason: "bad_credentials" }, 1],
    [503, { outcome: "unavailable", fault: "no_connector" }, 75],
    [400, { error: { code: "unknown_connection" } }, 64],
  ];
  const tryOne = async ([status, answer, code]: (typeof cases)[number]): Promise<void> => {
    await using gateway = await startGateway(status, answer);
    const { stdout, stderr, ...result } = await login(gateway.url, "--connection", "corp");
    assert.equal(result.code, code, stderr);
    assert.deepEqual(JSON.parse(stdout), answer);
    assert.deepEqual(gateway.bodies, [JSON.stringify({ username: "ada", password, connection: "corp" })]);
    assert.ok(!(stdout + stderr).includes(password));
  };
  await Promise.all(cases.map(tryOne));
});

test("a gateway that is not there is no verdict: exit code 75", async () => {
  const gateway = await startGateway(200, {});
  await gateway[Symbol.asyncDispose]();
  const { code, stderr } = await login(gateway.url);
  assert.equal(code, 75);
  assert.match(stderr, /did not answer/);
});

test("an address that is none: exit code 64", async () => {
  assert.equal((await login("localhost:8080")).code, 64);
});
