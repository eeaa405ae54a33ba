/**
 * People log in to an application through a real browser with what they have: a ticket of the company's KDC, or a certificate.
 *
 * Pictures are kept in `node_modules/.cache/drawbridge/screenshots`.
 */

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Attribute, Change } from "ldapts";
import type { Page } from "playwright-core";
import { findBarriers } from "../support/accessibility.ts";
import { certificateName, startBrowserSystem } from "../support/browser-system.ts";
import type { BrowserSystem } from "../support/browser-system.ts";
import type { IssuedCertificate } from "../support/certificate-authority.ts";
import { startChromium } from "../support/chromium.ts";
import type { Chromium } from "../support/chromium.ts";
import { createNssDatabase } from "../support/nss-database.ts";
import { runCommand } from "../support/run-command.ts";

interface Owned {
  /** For `KRB5CCNAME`. */
  readonly tickets?: string;
  readonly certificate?: IssuedCertificate;
  readonly javaScript?: boolean;
}

const noTickets = "FILE:/nonexistent";
const curlTimeoutMs = 30_000;

describe("a login to an application with what somebody has", { timeout: 170_000 }, () => {
  let system: BrowserSystem;
  let certificates: Readonly<Record<"good" | "revoked", IssuedCertificate>>;
  const owned = new AsyncDisposableStack();
  before(async () => {
    system = owned.use(await startBrowserSystem());
    certificates = system.certificates;
  });
  after(() => owned.disposeAsync());

  async function startBrowser({
    tickets = noTickets,
    certificate,
    javaScript = true,
  }: Owned): Promise<Chromium> {
    const { realm, gateway, scratch, serverCaFile, certificateHost } = system;
    const home = await mkdtemp(join(scratch.folder, "home-"));
    await createNssDatabase({ home, serverCaFile, ...(certificate && { certificate }) });
    const names = [realm.host, certificateName].map((name) => `MAP ${name} ${gateway.address}`).join(", ");
    return startChromium({
      javaScript,
      args: [`--host-resolver-rules=${names}`, `--auth-server-allowlist=${realm.host}`],
      env: { HOME: home, KRB5_CONFIG: realm.configFile, KRB5CCNAME: tickets },
      localState: {
        // @NOTE A Chromium that never met Negotiate keeps its network process in a sandbox where no Kerberos library can be loaded.
        net: { received_http_auth_negotiate_headers: true },
        // The service has the name in the address, whatever that resolves to.
        auth: { disable_negotiate_cname_lookup: true },
      },
      // As the policy AutoSelectCertificateForUrls: in a browser without a screen nobody can choose.
      preferences: {
        profile: {
          content_settings: {
            exceptions: {
              auto_select_certificate: { [`${certificateHost},*`]: { setting: { filters: [{}] } } },
            },
          },
        },
      },
    });
  }

  /** Somebody goes to the application. @returns the statuses of the login page, as the browser lets pages see them. */
  async function open(chromium: Chromium): Promise<{ readonly page: Page; readonly statuses: number[] }> {
    const page = await chromium.context.newPage();
    const statuses: number[] = [];
    page.on("response", (response) => {
      if (new URL(response.url()).pathname.startsWith("/oidc/login/")) statuses.push(response.status());
    });
    await page.goto(system.portal.url);
    return { page, statuses };
  }

  async function arrived(page: Page, name = "Ada Lovelace"): Promise<string | null> {
    await page.waitForURL(`${system.portal.callback}?*`);
    assert.equal(await page.textContent("#name"), name);
    return page.textContent("#amr");
  }

  async function look(chromium: Chromium, page: Page, name: string): Promise<void> {
    await chromium.screenshot(page, name);
    assert.deepEqual(await findBarriers(page), []);
  }

  for (const javaScript of [true, false]) {
    test(`a ticket takes ada to the application, ${javaScript ? "with" : "without"} JavaScript: she sees no page and types nothing`, async () => {
      await using chromium = await startBrowser({ tickets: await system.realm.logIn("ada"), javaScript });
      const { page, statuses } = await open(chromium);
      assert.equal(await arrived(page), "wia");
      assert.ok(statuses.includes(303) && !statuses.includes(200), String(statuses));
      await chromium.screenshot(
        page,
        `logged in with a ticket ${javaScript ? "with" : "without"} JavaScript`,
      );
    });
  }

  test("without a ticket the form is there at once, is not asked about again, and logs in", async () => {
    await using chromium = await startBrowser({});
    const { page, statuses } = await open(chromium);
    // Chromium asks itself again, having looked for a ticket in vain, and by then is not asked any more.
    assert.deepEqual(statuses, [200]);
    await look(chromium, page, "login with ways beside the password");
    await page.reload();
    assert.deepEqual(statuses, [200, 200]);
    await page.click("text=login of this computer");
    assert.match((await page.textContent("[role=alert]")) ?? "", /has no login that could be used here/);
    await look(chromium, page, "no ticket");
    await page.fill("#username", "ada");
    await page.fill("#password", system.samba.password);
    await page.click("button.first");
    assert.equal(await arrived(page), "pwd");
  });

  test("who logs out is not logged in again by the ticket; a click does it", async () => {
    await using chromium = await startBrowser({ tickets: await system.realm.logIn("grace") });
    const { page } = await open(chromium);
    await arrived(page, "Grace Hopper");
    await page.goto(`${system.issuer}/logout`);
    await page.click("button.first");
    await page.waitForURL(`${system.issuer}/logout/success*`);
    await page.goto(system.portal.url);
    await page.waitForSelector("#username");
    await page.click("text=login of this computer");
    assert.equal(await arrived(page, "Grace Hopper"), "wia");
    // An application that wants the person themselves does not get the ticket.
    system.portal.extra = { prompt: "login" };
    await page.goto(system.portal.url);
    await page.waitForSelector("#username");
    system.portal.extra = {};
    assert.equal(await page.locator("text=login of this computer").count(), 0);
  });

  test("a ticket of somebody whose account was disabled: the form says so, once", async () => {
    const tickets = await system.realm.logIn("user01");
    // The KDC gives a disabled account no more tickets, but those that it gave are good.
    await system.realm.tokens(tickets);
    const modification = new Attribute({ type: "userAccountControl", values: ["514"] });
    await system.samba.asAdministrator((client) =>
      client.modify(
        system.samba.distinguishedName("user01"),
        new Change({ operation: "replace", modification }),
      ),
    );
    await using chromium = await startBrowser({ tickets });
    const { page, statuses } = await open(chromium);
    assert.match((await page.textContent("[role=alert]")) ?? "", /account is disabled/);
    assert.deepEqual(statuses, [401]);
    await look(chromium, page, "ticket of a disabled account");
    await page.reload();
    assert.deepEqual(statuses, [401, 200]);
  });

  test("a certificate takes ada to the application with one click", async () => {
    await using chromium = await startBrowser({ certificate: certificates.good });
    const { page } = await open(chromium);
    await page.click("text=smart card");
    assert.equal(await arrived(page), "pop");
    await chromium.screenshot(page, "logged in with a certificate");
  });

  for (const [what, certificate, says] of [
    ["a revoked certificate", () => certificates.revoked, /has been revoked/],
    ["no certificate", () => undefined, /showed no certificate/],
  ] as const) {
    test(`${what} leads back to the form, which says so and still takes a password`, async () => {
      const shown = certificate();
      await using chromium = await startBrowser(shown === undefined ? {} : { certificate: shown });
      const { page } = await open(chromium);
      await page.click("text=smart card");
      assert.match((await page.textContent("[role=alert]")) ?? "", says);
      assert.equal(new URL(page.url()).hostname, system.realm.host);
      await look(chromium, page, what);
      await page.fill("#username", "ada");
      await page.fill("#password", system.samba.password);
      await page.click("button.first");
      assert.equal(await arrived(page), "pwd");
    });
  }

  describe("curl", () => {
    /** In front of the login page, with the cookies of one login. */
    async function begin(): Promise<{ readonly url: string; curl(...args: string[]): Promise<string> }> {
      const { realm, gateway, scratch, serverCaFile, portal } = system;
      const jar = join(await mkdtemp(join(scratch.folder, "curl-")), "cookies");
      const env = { KRB5_CONFIG: realm.configFile, KRB5CCNAME: await realm.logIn("ada") };
      const there = [realm.host, certificateName].flatMap((name) => [
        "--connect-to",
        `${name}::${gateway.address}:`,
      ]);
      const common = ["--silent", "--show-error", "--location", "--noproxy", "*", "--cacert", serverCaFile];
      const cookies = ["--cookie", jar, "--cookie-jar", jar];
      const sent = await fetch(portal.url, { redirect: "manual" });
      return {
        url: sent.headers.get("location") ?? "",
        curl: (...args) =>
          runCommand("curl", [...common, ...cookies, ...there, ...args], { timeoutMs: curlTimeoutMs, env }),
      };
    }

    test("logs in to the application with a ticket", async () => {
      const { url, curl } = await begin();
      assert.match(
        await curl("--negotiate", "--user", ":", url),
        /<h1 id="name">Ada Lovelace<\/h1>[^]*>wia</,
      );
    });

    test("logs in to the application with a certificate", async () => {
      const { url, curl } = await begin();
      const form = await curl(url);
      const way = /href="([^"]+\/certificate\?connection=corp)"/.exec(form)?.[1] ?? "";
      const { certificateFile, keyFile } = certificates.good;
      const home = await curl("--cert", certificateFile, "--key", keyFile, way);
      assert.match(home, /<h1 id="name">Ada Lovelace<\/h1>[^]*>pop</);
    });
  });

  test("while no connector is there, a ticket leads to the form, and the form lets in from the cache", async () => {
    const tickets = await system.realm.logIn("ada");
    await Promise.all(system.connectors.map((connector) => connector.terminate()));
    await using chromium = await startBrowser({ tickets });
    const { page, statuses } = await open(chromium);
    assert.deepEqual(statuses, [503]);
    assert.match((await page.textContent("[role=alert]")) ?? "", /could not be checked just now/);
    await look(chromium, page, "a ticket while no connector is there");
    await page.fill("#username", "ada");
    await page.fill("#password", system.samba.password);
    await page.click("button.first");
    await page.click("a.first");
    assert.equal(await arrived(page), "pwd,cache");
  });
});
