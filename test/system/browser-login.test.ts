/**
 * People log in to an application through a real browser, against a real Active Directory.
 *
 * Every page is checked for barriers, and a picture of it is kept in `node_modules/.cache/drawbridge/screenshots`.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as client from "openid-client";
import type { Page } from "playwright-core";
import { findBarriers } from "../support/accessibility.ts";
import type { Client } from "ldapts";
import { Attribute, Change } from "ldapts";
import { startChromium } from "../support/chromium.ts";
import type { Chromium } from "../support/chromium.ts";
import type { LoginAnswer } from "../support/drawbridge.ts";
import { startOidcSystem } from "../support/oidc-system.ts";
import type { OidcSystem } from "../support/oidc-system.ts";
import { accounts } from "../support/people.ts";
import { startSamba } from "../support/samba.ts";
import type { Samba } from "../support/samba.ts";

async function setAccountControl(ldap: Client, samba: Samba, account: string, flags: string): Promise<void> {
  const { searchEntries } = await ldap.search(samba.baseDn, { filter: `(sAMAccountName=${account})` });
  const modification = new Attribute({ type: "userAccountControl", values: [flags] });
  await ldap.modify(String(searchEntries[0]?.dn), [new Change({ operation: "replace", modification })]);
}

describe("a login through a browser", { timeout: 180_000 }, () => {
  let samba: Samba;
  let system: OidcSystem;
  let chromium: Chromium;
  let withoutScript: Chromium;
  const owned = new AsyncDisposableStack();
  before(async () => {
    samba = owned.use(await startSamba());
    system = owned.use(await startOidcSystem({ directory: samba, gateways: 3, connectors: 2 }));
    chromium = owned.use(await startChromium());
    withoutScript = owned.use(
      await startChromium({ javaScript: false, locale: "de-DE", width: 380, dark: true }),
    );
  });
  after(() => owned.disposeAsync());

  async function open(browser: Chromium): Promise<Page> {
    await browser.context.clearCookies();
    const page = await browser.context.newPage();
    await page.goto(system.portal.url);
    return page;
  }

  async function logIn(page: Page, name: string, password: string): Promise<void> {
    await page.fill("#username", name);
    await page.fill("#password", password);
    await page.click("button.first");
  }

  async function look(browser: Chromium, page: Page, name: string): Promise<void> {
    await browser.screenshot(page, name);
    // Without JavaScript nothing can be run in the page.
    if (browser === chromium) assert.deepEqual(await findBarriers(page), []);
  }

  async function arrived(
    page: Page,
  ): Promise<{ readonly name: string | null; readonly groups: readonly string[] }> {
    await page.waitForURL(`${system.portal.callback}?*`);
    return {
      name: await page.textContent("#name"),
      groups: await page.locator("#groups li").allTextContents(),
    };
  }

  for (const [kind, browser] of [
    ["a browser", () => chromium],
    ["a browser without JavaScript", () => withoutScript],
  ] as const) {
    test(`a wrong password, then the right one, in ${kind}: the application shows name and groups`, async () => {
      const page = await open(browser());
      await look(browser(), page, `login in ${kind}`);
      await logIn(page, accounts.active, "wrong");
      await page.waitForSelector("[role=alert]");
      assert.equal(await page.inputValue("#username"), accounts.active);
      assert.equal(await page.inputValue("#password"), "");
      await look(browser(), page, `wrong password in ${kind}`);
      await page.fill("#password", samba.password);
      await page.click("button.first");
      const { name, groups } = await arrived(page);
      assert.equal(name, "Ada Lovelace");
      for (const group of ["Engineers", "Technology", "Staff"]) assert.ok(groups.includes(group), group);
      await page.close();
    });
  }

  test("an expired password is changed on the way, and the application shows who it is", async () => {
    const page = await open(chromium);
    await logIn(page, accounts.passwordExpired, samba.password);
    await page.waitForSelector("#new-password");
    await look(chromium, page, "change an expired password");
    const change = async (old: string, fresh: string, again: string): Promise<void> => {
      await page.fill("#password", old);
      await page.fill("#new-password", fresh);
      await page.fill("#repeat-password", again);
      await page.click("button.first");
    };
    await change(samba.password, "Numbers-and-Signs-7", "Numbers-and-Signs-8");
    await page.waitForSelector("#repeat-password-problem");
    await look(chromium, page, "two different new passwords");
    await change(samba.password, "short", "short");
    await page.waitForSelector("#new-password-problem");
    await change(samba.password, "Numbers-and-Signs-7", "Numbers-and-Signs-7");
    assert.equal((await arrived(page)).name, "Blaise Pascal");
    await page.close();
  });

  for (const [account, says] of [
    [accounts.disabled, /account is disabled/],
    [accounts.accountExpired, /account has expired/],
    [accounts.logonHours, /at this time of day/],
    [accounts.locked, /name or the password is not right/],
    ["nobody", /name or the password is not right/],
  ] as const) {
    test(`the right password of ${account} is not enough, and the page says as much as it may`, async () => {
      const page = await open(chromium);
      await logIn(page, account, samba.password);
      assert.match((await page.textContent("[role=alert]")) ?? "", says);
      await page.close();
    });
  }

  test("who goes back tells the application so", async () => {
    const page = await open(chromium);
    await page.click("button.second");
    await page.waitForURL(`${system.portal.callback}?*`);
    assert.match((await page.textContent("body")) ?? "", /access_denied/);
    await page.close();
  });

  test("a form is sent once, however often somebody clicks", async () => {
    const page = await open(chromium);
    await page.fill("#username", accounts.another);
    await page.fill("#password", "wrong");
    const count = await samba.badPwdCount(accounts.another);
    await page.evaluate('for (let n = 0; n < 5; n += 1) document.querySelector("button.first").click()');
    await page.waitForSelector("[role=alert]");
    assert.equal(await samba.badPwdCount(accounts.another), count + 1);
    await page.close();
  });

  test("a gateway that dies between the form and the password loses nothing", async () => {
    const page = await open(chromium);
    const [first] = system.gateways;
    assert.ok(first !== undefined);
    await first.kill();
    await logIn(page, accounts.active, samba.password);
    assert.equal((await arrived(page)).name, "Ada Lovelace");
    await page.close();
  });

  test("whom the directory refuses gets no more tokens, and is not let in from the cache", async () => {
    const { another } = accounts;
    const page = await open(chromium);
    await logIn(page, another, samba.password);
    assert.equal((await arrived(page)).name, "Grace Hopper");
    const { config, tokens } = system.portal;
    const refresh = tokens?.refresh_token ?? "";
    assert.ok((await client.refreshTokenGrant(config, refresh)).access_token);
    await samba.asAdministrator((ldap) => setAccountControl(ldap, samba, another, "514"));
    const refused = await api(another, samba.password);
    assert.equal(refused.body["reason"], "account_disabled");
    await assert.rejects(client.refreshTokenGrant(config, refresh), { error: "invalid_grant" });
    await Promise.all(system.connectors.map((connector) => connector.terminate()));
    assert.equal((await api(another, samba.password)).status, 503);
    await page.close();
  });

  test("while no connector is there, who logged in before gets in, and everybody can tell", async (t) => {
    const page = await open(chromium);
    await logIn(page, accounts.active, samba.password);
    await page.waitForSelector(".note");
    await look(chromium, page, "logged in from the cache");
    await page.click("a.first");
    assert.equal((await arrived(page)).name, "Ada Lovelace");
    assert.equal(await page.textContent("#acr"), "urn:drawbridge:acr:cached");
    assert.deepEqual(system.portal.tokens?.claims()?.["amr"], ["pwd", "cache"]);
    const answer = await api(accounts.active, samba.password);
    assert.equal(answer.body["source"], "cache");
    t.diagnostic(`a login from the cache took ${answer.tookMs.toFixed(0)} ms`);
    await page.close();
  });

  test("a wrong password, an unknown name, a name in other case, and whoever demands the directory are refused", async () => {
    const { active } = accounts;
    for (const [name, password, more] of [
      [active, "wrong", {}],
      ["nobody", samba.password, {}],
      [active.toUpperCase(), samba.password, {}],
      [active, samba.password, { live: true }],
    ] as const)
      assert.equal((await api(name, password, more)).status, 503, name);
    system.portal.extra = { acr_values: "urn:drawbridge:acr:live" };
    assert.equal(await submitted(await open(chromium)), 503);
    system.portal.extra = {};
  });

  test("with the cache switched off the page says that nothing is possible, and what was kept is gone", async () => {
    const { servers } = system.proxy;
    const gateway = await system.addGateway({ enabled: false });
    system.proxy.servers = [gateway.url];
    const page = await open(chromium);
    assert.equal(await submitted(page), 503);
    await look(chromium, page, "no connector");
    await gateway.findLog(({ msg }) => msg === "cache_removed", 10_000);
    system.proxy.servers = servers;
    assert.equal((await api(accounts.active, samba.password)).status, 503);
  });

  /** To any gateway that is still there. */
  async function api(username: string, password: string, more: object = {}): Promise<LoginAnswer> {
    const gateway = system.gateways.at(-1);
    assert.ok(gateway !== undefined);
    return gateway.post("/v1/login", { username, password, ...more });
  }

  /** Ada's right password; the status of the answer, whose page is an alert. */
  async function submitted(page: Page): Promise<number> {
    await page.fill("#username", accounts.active);
    await page.fill("#password", samba.password);
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.request().method() === "POST"),
      page.click("button.first"),
    ]);
    assert.ok(response.headers()["retry-after"]);
    await page.waitForSelector("[role=alert]");
    return response.status();
  }
});
