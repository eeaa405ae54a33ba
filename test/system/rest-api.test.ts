/**
 * The API of a running gateway, in front of a real OpenLDAP: every answer held against the OpenAPI document, and every example run, with
 * the client as an application would have it.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readDocument } from "../support/api-document.ts";
import { startConnector, startGateway } from "../support/drawbridge.ts";
import type { GatewayProgram } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import { findFreeAddress } from "../support/loopback.ts";
import { startNats } from "../support/nats-server.ts";
import { checkTypes, installPackedClient } from "../support/packed-client.ts";
import type { PackedClient } from "../support/packed-client.ts";
import type { Program } from "../support/program.ts";
import { runScript } from "../support/run-script.ts";
import type { ScriptResult } from "../support/run-script.ts";
import { createScratch } from "../support/scratch.ts";
import { startServer } from "../support/server-process.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";

const token = "kX9-a-token-that-nobody-can-guess-42";
const operations = ["users.search", "groups.list", "password.change", "password.reset"];
const form = { "content-type": "application/x-www-form-urlencoded" };

let owned: AsyncDisposableStack;
let slapd: Slapd;
let gateway: GatewayProgram;
let connector: Program;
let packed: PackedClient;
let tokenFile: string;

before(async () => {
  await using cleanup = new AsyncDisposableStack();
  slapd = cleanup.use(await startSlapd({ usersMax: 120, failuresMax: 50 }));
  const scratch = cleanup.use(await createScratch("rest"));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  tokenFile = await scratch.write("token", `${token}\n`);
  const nats = cleanup.use(await startNats());
  const connections = { corp: { directory: slapd, operations } };
  connector = cleanup.use(await startConnector({ nats, keys, connections }));
  gateway = cleanup.use(
    await startGateway({
      nats,
      keys,
      connections: ["corp"],
      throttle: { accountGuesses: 4, addressFailures: 1_000, networkFailures: 1_000 },
      ticketNetworks: ["127.0.0.0/8"],
      clientCertificates: async () => ({ trustedProxies: ["127.0.0.1"] }),
      apiTokens: [{ name: "all", tokenFile, may: ["login", ...operations] }],
    }),
  );
  packed = await installPackedClient(scratch);
  owned = cleanup.move();
});
after(() => owned[Symbol.asyncDispose]());

const { checkAnswer, seen } = readDocument();

async function ask(method: string, path: string, init: RequestInit = {}, url = gateway.url) {
  const response = await fetch(`${url}${path}`, { method, ...init });
  const body = await response.text();
  checkAnswer({ method, path, status: response.status, headers: response.headers, body });
  const json: unknown = body.startsWith("{") ? JSON.parse(body) : {};
  return { status: response.status, body: json as Readonly<Record<string, unknown>> };
}

function post(path: string, body: object | string, headers: Readonly<Record<string, string>> = {}) {
  return ask("post", path, {
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const bearer = { authorization: `Bearer ${token}` };

test("what a running gateway answers is in the document, and it serves that document", async () => {
  const { password, accounts } = slapd;
  const username = accounts.active;
  const served = await fetch(`${gateway.url}/v1/openapi.json`);
  assert.deepEqual(await served.json(), JSON.parse(JSON.stringify(readDocument().document)));

  assert.equal((await post("/v1/login", { username, password })).status, 200);
  assert.equal((await post("/v1/login", { username, password: "wrong" })).status, 401);
  for (let guess = 0; guess < 6; guess += 1)
    await post("/v1/login", { username: "u1", password: `wrong-${guess}` });
  assert.equal((await post("/v1/login", { username: "u1", password })).status, 429);
  assert.equal((await post("/v1/login", { username })).status, 400);
  assert.equal((await post("/v1/login", "x".repeat(9_000))).status, 413);
  assert.equal((await post("/v1/login", "username=ada", form)).status, 415);

  const change = { username: "u2", oldPassword: password, newPassword: "An0ther-long-password" };
  assert.equal((await post("/v1/password/change", { ...change, oldPassword: "wrong" })).status, 422);
  const changed = await post("/v1/password/change", change);
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  // The service account has no right to it.
  for (const [name, reason] of [
    ["u2", "not_permitted"],
    ["nobody", "unknown_account"],
  ]) {
    const reset = { username: name, newPassword: "A-third-long-passw0rd" };
    const { status, body } = await post("/v1/password/reset", reset, bearer);
    assert.deepEqual([status, body["reason"]], [422, reason]);
  }

  const users = await post("/v1/users/search", { text: "u", pageSize: 3 }, bearer);
  assert.deepEqual([users.status, (users.body["users"] as readonly unknown[]).length], [200, 3]);
  assert.equal((await post("/v1/users/search", { text: "u", cursor: "none" }, bearer)).status, 422);
  assert.equal((await post("/v1/users/search", {})).status, 401);
  const groups = await post("/v1/groups", {}, bearer);
  assert.ok((groups.body["groups"] as readonly unknown[]).length > 2);
  assert.equal((await post("/v1/groups", { connection: "corp" }, { authorization: "Bearer x" })).status, 401);

  // This connector takes neither.
  const certificate = { "client-cert": `:${Buffer.from("certificate").toString("base64")}:` };
  assert.equal((await post("/v1/login/certificate", {}, certificate)).status, 503);
  assert.equal((await ask("get", "/v1/negotiate")).status, 401);

  assert.equal((await ask("get", "/healthz", {}, gateway.opsUrl)).status, 200);
  assert.equal((await ask("get", "/readyz", {}, gateway.opsUrl)).status, 200);
  for (const accept of ["*/*", "application/openmetrics-text; version=1.0.0"]) {
    assert.equal((await ask("get", "/metrics", { headers: { accept } }, gateway.opsUrl)).status, 200);
  }
  assert.equal(seen.size, 19, [...seen].join(", "));
});

test("the packed client has types, no dependency, and no more than what was built", async () => {
  assert.deepEqual(
    packed.files.filter((name) => !name.startsWith("dist")),
    ["package.json"],
  );
  assert.ok(["client.js", "client.d.ts"].every((name) => packed.files.includes(join("dist/client", name))));
  await checkTypes(packed.folder);
});

function example(
  command: string,
  args: readonly string[],
  input = "",
  ownTokenFile: string = tokenFile,
): Promise<ScriptResult> {
  // Whatever proxy this machine uses, the gateway is on it.
  const env = { GATEWAY_URL: gateway.url, TOKEN_FILE: ownTokenFile, no_proxy: "*", NO_PROXY: "*" };
  return runScript(command, args, { cwd: packed.folder, env, input });
}

test("the example that searches users finds them all, page after page", async () => {
  const { code, stdout, stderr } = await example(process.execPath, ["search-users.ts", "u"]);
  assert.equal(code, 0, stderr);
  const names = stdout
    .trim()
    .split("\n")
    .map((line) => line.split("\t")[1]);
  assert.equal(names.filter((name) => /^u\d+$/.test(name ?? "")).length, 120);
  assert.equal(new Set(names).size, names.length);
});

test("the example in shell lists groups, and says what is wrong with a token", async () => {
  const { code, stdout, stderr } = await example("sh", ["list-groups.sh"]);
  assert.equal(code, 0, stderr);
  assert.ok(stdout.split("\n").includes("Engineers"));
  const refused = await example("sh", ["list-groups.sh"], "", "package.json");
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.ok(refused.stderr.includes('"unauthorized"'), refused.stderr);
});

test("the example in Python tells the right person from the wrong one", async () => {
  const login = (password: string) =>
    example("python3", ["login.py", slapd.accounts.another], `${password}\n`);
  const [accepted, denied] = [await login(slapd.password), await login("wrong")];
  assert.deepEqual([accepted.code, denied.code], [0, 1], accepted.stderr + denied.stderr);
  assert.equal(outcomeOf(accepted), "accepted");
  assert.equal(outcomeOf(denied), "denied");
});

async function startForm() {
  const [host, port] = [await findFreeAddress([3_000]), "3000"];
  const url = `http://${host}:${port}`;
  const env = { GATEWAY_URL: gateway.url, HOST: host, PORT: port };
  const server = await startServer({
    name: "login-form",
    command: process.execPath,
    args: [join(packed.folder, "login-form.ts")],
    env,
    ready: async () => (await fetch(url)).ok,
    readyTimeoutMs: 30_000,
  });
  const submit = (username: string, password: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/login`, {
      method: "POST",
      redirect: "manual",
      headers,
      body: new URLSearchParams({ username, password }),
    });
  return { url, submit, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("the example with a login form: wrong password, right password, name and groups", async () => {
  await using application = await startForm();
  const { url, submit } = application;
  const name = slapd.accounts.active;
  const wrong = await submit(name, "wrong");
  assert.equal(wrong.status, 401);
  assert.ok((await wrong.text()).includes("The name or the password is wrong."));
  assert.equal((await submit("", "")).status, 400);
  assert.equal((await submit(name, slapd.password, { origin: "https://elsewhere.example" })).status, 403);
  const right = await submit(name, slapd.password);
  assert.equal(right.status, 303);
  const cookie = (right.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const page = await (await fetch(url, { headers: { cookie } })).text();
  assert.ok(page.includes(`Hello ${name}, of `) && page.includes("Engineers"), page);
});

test("while no connector is there, every example says that it is an outage", async () => {
  await using application = await startForm();
  await connector.terminate();
  const name = slapd.accounts.active;
  // Each asks again for as long as it may.
  const [down, search, python] = await Promise.all([
    application.submit(name, slapd.password),
    example(process.execPath, ["search-users.ts", "u"]),
    example("python3", ["login.py", name], `${slapd.password}\n`),
  ]);
  assert.equal(down.status, 503);
  assert.ok((await down.text()).includes("Please try again."));
  assert.deepEqual([search.code, search.stderr.trim()], [75, "try again: no_connector"]);
  assert.deepEqual([python.code, outcomeOf(python)], [75, "unavailable"]);
  for (const [path, body] of [
    ["/v1/login", { username: "u3", password: "x" }],
    ["/v1/password/change", { username: "u3", oldPassword: "x", newPassword: "y" }],
    ["/v1/groups", {}],
  ] as const) {
    assert.equal((await post(path, body, bearer)).status, 503);
  }
});

function outcomeOf({ stdout }: ScriptResult): unknown {
  return (JSON.parse(stdout) as { readonly outcome: unknown }).outcome;
}
