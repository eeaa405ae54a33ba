/**
 * What an operator sees of a real system, in a real browser.
 *
 * Every page is checked for barriers, and a picture of it is kept in `node_modules/.cache/drawbridge/screenshots`.
 */

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { request as sendRequest } from "node:https";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { statusSchema } from "../../src/gateway/status/status-schema.ts";
import type { GatewayStatus } from "../../src/gateway/status/status-schema.ts";
import { findBarriers } from "../support/accessibility.ts";
import { startChromium } from "../support/chromium.ts";
import type { Chromium } from "../support/chromium.ts";
import { madeHeartbeat } from "../support/made-heartbeat.ts";
import { accounts } from "../support/people.ts";
import { startGateway } from "../support/drawbridge.ts";
import { startStatusSystem, statusPortOf } from "../support/status-system.ts";
import type { StatusSystem } from "../support/status-system.ts";

const waitMs = 30_000;

describe("the status page of a running system", { timeout: 180_000 }, () => {
  let system: StatusSystem;
  let chromium: Chromium;
  let withoutScript: Chromium;
  const owned = new AsyncDisposableStack();
  before(async () => {
    system = owned.use(await startStatusSystem());
    chromium = owned.use(await startChromium({ width: 1_300 }));
    withoutScript = owned.use(await startChromium({ javaScript: false, width: 390, dark: true }));
  });
  after(() => owned.disposeAsync());

  async function readStatus(): Promise<GatewayStatus> {
    const answer = await fetch(`${system.statusUrl}/status.json`, {
      headers: { authorization: `Bearer ${system.token}` },
    });
    return statusSchema.parse(await answer.json());
  }

  /** @throws {Error} with the last status when the time is over. */
  async function statusWith(matches: (status: GatewayStatus) => boolean): Promise<GatewayStatus> {
    const giveUpAt = performance.now() + waitMs;
    for (;;) {
      const status = await readStatus();
      if (matches(status)) return status;
      if (performance.now() > giveUpAt) throw new Error(JSON.stringify(status, undefined, 2));
      await sleep(50);
    }
  }

  async function metricIs(name: string, value: number): Promise<void> {
    const giveUpAt = performance.now() + waitMs;
    while ((await system.gateway.readMetric(name)) !== value) {
      assert.ok(performance.now() < giveUpAt, `${name} is not ${value}`);
      await sleep(50);
    }
  }

  async function signIn(browser: Chromium): Promise<Page> {
    await browser.context.clearCookies();
    const page = await browser.context.newPage();
    await page.goto(system.statusUrl);
    await page.fill("#token", system.token);
    await page.click("button.first");
    await page.waitForSelector("#live");
    return page;
  }

  async function look(browser: Chromium, page: Page, name: string): Promise<void> {
    await browser.screenshot(page, `status ${name}`);
    // Without JavaScript nothing can be run in the page.
    if (browser === chromium) assert.deepEqual(await findBarriers(page), []);
  }

  async function tryLogin(page: Page, username: string, password: string): Promise<string> {
    await page.goto(`${system.statusUrl}/try`);
    await page.fill("#username", username);
    await page.fill("#password", password);
    await page.click("button.first");
    const heading = ((await page.textContent("#result")) ?? "").trim();
    assert.ok(!(await page.content()).includes(password), "the password is on the page");
    return `${heading}: ${await page.textContent("section .badge")}`;
  }

  test("nobody sees anything without the token, and with it everything", async () => {
    const page = await chromium.context.newPage();
    await page.goto(`${system.statusUrl}/try`);
    await look(chromium, page, "sign in");
    await page.fill("#token", "not the token");
    await page.click("button.first");
    assert.match((await page.textContent("[role=alert]")) ?? "", /not the token/);
    await look(chromium, page, "wrong token");
    await page.fill("#token", system.token);
    await page.click("button.first");
    await page.waitForSelector("#live");
    await page.click("text=Sign out");
    await page.waitForSelector("#token");
    await page.goto(system.statusUrl);
    assert.equal(new URL(page.url()).pathname, "/sign-in");
    await page.close();
  });

  test("a replica with other settings is drift: on the page with what differs, and a metric", async () => {
    const odd = system.replicas[2]?.id ?? "";
    const { connections } = await statusWith(
      ({ connections: [one] }) =>
        one?.configurations === 2 &&
        one.replicas.filter(({ state, version }) => state === "ready" && version !== undefined).length === 3,
    );
    const [corp] = connections;
    assert.equal(corp?.state, "impaired");
    assert.deepEqual(
      new Map(corp.replicas.map(({ id, differsIn }) => [id, differsIn])),
      new Map(system.replicas.map(({ id }) => [id, id === odd ? ["inFlightMax"] : []])),
    );
    await metricIs("drawbridge_replica_configurations", 2);
    await metricIs("drawbridge_replica_versions", 1);
    const page = await signIn(chromium);
    await look(chromium, page, "drift");
    const row = page.locator("tr", { hasText: odd });
    assert.match((await row.textContent()) ?? "", /differs in inFlightMax/);
    assert.equal(await page.locator("td .differs").count(), 1);
    await page.close();
  });

  test("a replica of another version is named, as one that takes nothing", async () => {
    await using other = await system.startOtherVersion("0.9.0");
    const replicaOf = ({ connections: [one] }: GatewayStatus) =>
      one?.replicas.find(({ id }) => id === other.id);
    const status = await statusWith(
      (one) => one.connections[0]?.versions.length === 2 && replicaOf(one)?.state === "not_ready",
    );
    const replica = replicaOf(status);
    assert.equal(replica?.version, "0.9.0");
    assert.deepEqual(replica.controllers, [{ name: "dc1.example.test:636", state: "available" }]);
    await metricIs("drawbridge_replica_versions", 2);
    const page = await signIn(chromium);
    assert.match((await page.textContent("#live")) ?? "", /Mixed versions:.*0\.9\.0/s);
    await look(chromium, page, "mixed versions");
    await page.close();
  });

  test("without JavaScript the page is fetched again by itself, until somebody pauses it", async () => {
    const page = await signIn(withoutScript);
    await look(withoutScript, page, "on a telephone, dark");
    const shownAt = await page.textContent("time");
    await page.waitForEvent("framenavigated");
    await page.waitForSelector("#pause");
    assert.notEqual(await page.textContent("time"), shownAt);
    await page.click("#pause");
    await page.waitForSelector("#resume");
    assert.equal(await page.locator("meta[http-equiv=refresh]").count(), 0);
    await page.close();
  });

  test("a login that is tried tells what nobody else is told", async () => {
    const page = await signIn(chromium);
    await page.goto(`${system.statusUrl}/try`);
    await look(chromium, page, "try a login");
    assert.equal(await tryLogin(page, "nobody", "whatever-it-is"), "The login was denied: unknown_account");
    assert.match((await page.textContent("section")) ?? "", /No account has this name/);
    assert.equal(
      await tryLogin(page, accounts.active, "wrong-password"),
      "The login was denied: bad_credentials",
    );
    await look(chromium, page, "tried with a wrong password");
    assert.equal(await page.inputValue("#username"), accounts.active);
    assert.equal(await page.inputValue("#password"), "");
    const accepted = await tryLogin(page, accounts.active, system.slapd.password);
    assert.equal(accepted, "The login was accepted: accepted");
    await look(chromium, page, "tried with the right password");
    const told = (await page.textContent("section")) ?? "";
    for (const part of ["Ada Lovelace", "Engineers", "until a replica took it", "replica and directory"])
      assert.ok(told.includes(part), part);
    const replica = system.replicas.find(({ id }) => told.includes(id));
    const attempt = /drawbridge explain (\S{22})/.exec(told)?.[1];
    await replica?.program.findLog(
      ({ msg, attempt: id }) => msg === "verification_ended" && id === attempt,
      waitMs,
    );
    await system.gateway.findLog(({ msg, attempt: id }) => msg === "login_tried" && id === attempt, waitMs);
    await page.close();
  });

  test("a name with mark-up stays a name", async () => {
    const page = await signIn(chromium);
    const name = `"><img src=x onerror="document.title='owned'">`;
    assert.match(await tryLogin(page, name, "whatever-it-is"), /unknown_account/);
    assert.equal(await page.inputValue("#username"), name);
    assert.equal(await page.locator("img").count(), 0);
    await page.close();
  });

  test("a replica that is killed is missed on a page that is open, and who reads there keeps the place", async () => {
    const page = await signIn(chromium);
    await page.focus("#replicas-corp");
    const [killed] = system.replicas;
    await killed?.program.kill();
    const row = page.locator("tr", { hasText: killed?.id ?? "" });
    await row.locator(".badge", { hasText: /late|gone/ }).waitFor();
    assert.equal(await page.evaluate("document.activeElement.id"), "replicas-corp");
    await statusWith(
      ({ connections: [one] }) => one?.replicas.find(({ id }) => id === killed?.id)?.state === "gone",
    );
    await row.locator(".badge", { hasText: "gone" }).waitFor();
    await look(chromium, page, "a replica is gone");
    await page.close();
  });

  test("where nobody takes logins the page says so first, and why, and what to do", async () => {
    const page = await signIn(chromium);
    for (const { program } of system.replicas.slice(1)) await program.kill();
    await statusWith(({ connections: [one] }) => one?.state === "down");
    // Where it hears nobody the gateway tries another NATS server, and for a moment has none.
    let said = "";
    for (let tries = 0; tries < 20 && !said.endsWith("no_connector"); tries += 1)
      said = await tryLogin(page, accounts.active, system.slapd.password);
    assert.equal(said, "The login was not possible: no_connector");
    await look(chromium, page, "tried while nobody is there");
    await page.goto(system.statusUrl);
    assert.match((await page.textContent("h1")) ?? "", /Nobody can log in at corp/);
    const trouble = page.locator("#troubles-table tr", { hasText: "no_connector" });
    assert.match((await trouble.textContent()) ?? "", /Are connectors running/);
    await look(chromium, page, "nobody takes logins");
    await page.close();
  });

  test("a stolen bus credential fills no page: a thousand forged replicas are a number", async () => {
    const rows = (await readStatus()).connections[0]?.replicas.map(({ id }) => id);
    const connection = await system.nats.connectAs("connector");
    for (let n = 0; n < 1_000; n += 1) {
      const beat = madeHeartbeat();
      connection.publish("drawbridge.v1.corp.heartbeat", JSON.stringify(beat));
      connection.publish("drawbridge.v1.corp.heartbeat", JSON.stringify({ ...beat, state: "<script>" }));
      const report = { v: 1, type: "report", report: "<script>alert(1)</script>" };
      connection.publish("drawbridge.v1.corp.heartbeat.report", JSON.stringify(report));
    }
    await connection.flush();
    const { connections } = await statusWith(({ connections: [one] }) => (one?.strangers ?? 0) > 900);
    assert.deepEqual(connections[0]?.replicas.map(({ id }) => id).toSorted(), rows?.toSorted());
    assert.equal(connections[0]?.state, "down");
    await connection.close();
    const page = await signIn(chromium);
    const content = await page.content();
    assert.ok(!content.includes("alert(1)") && content.length < 60_000);
    await look(chromium, page, "forged replicas");
    await page.close();
  });

  test("over TLS the cookie is this host's alone, and goes nowhere in clear", async () => {
    const { slapd, nats, keys, tokenFile, token } = system;
    const { certificateFile, keyFile } = await slapd.authority.issue("status", {
      dns: [],
      ip: ["127.0.0.1"],
    });
    const tls = { certFile: certificateFile, keyFile };
    const settings = { status: { port: 0, tokenFile, tls } };
    await using gateway = await startGateway({ nats, keys, connections: ["corp"], settings });
    const port = await statusPortOf(gateway);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { ca } = slapd.authority;
      const headers = {
        "content-type": "application/x-www-form-urlencoded",
        origin: `https://127.0.0.1:${port}`,
      };
      sendRequest(`https://127.0.0.1:${port}/sign-in`, { method: "POST", ca, headers })
        .once("response", resolve)
        .once("error", reject)
        .end(new URLSearchParams({ token }).toString());
    });
    answer.resume();
    assert.equal(answer.statusCode, 303);
    assert.match(answer.headers["set-cookie"]?.[0] ?? "", /^__Host-drawbridge-status=.*; Secure$/);
  });

  test("a gateway that ends leaves no page that looks alive", async () => {
    const page = await signIn(chromium);
    await system.gateway.terminate();
    await page.waitForSelector("#stale:not([hidden])");
    await look(chromium, page, "the gateway has ended");
    await page.close();
  });
});
