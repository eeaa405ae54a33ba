/**
 * Client certificates on the login page, over real HTTP: to the host that asks for one and back, and what becomes of whoever tampers
 * with the way.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import type { Attempt } from "../../../../../src/login/attempt.ts";
import type { Verdict } from "../../../../../src/login/verdict.ts";
import { denialReasons } from "../../../../../src/login/verdict.ts";
import { connectionName } from "../../../../support/memory-system.ts";
import {
  ada,
  application,
  applicationUrl,
  beginFlow,
  corpConnection,
  startOidcGateways,
} from "../../../../support/oidc-gateways.ts";
import type { OidcGateways, OidcGatewaysOptions } from "../../../../support/oidc-gateways.ts";
import { createPlainBrowser } from "../../../../support/plain-browser.ts";
import type { Page, PlainBrowser } from "../../../../support/plain-browser.ts";

const certificateHost = "https://certificates.example.test:8443";
const shown = `:${Buffer.from("a certificate").toString("base64")}:`;

interface Certified extends AsyncDisposable {
  readonly gateways: OidcGateways;
  readonly attempts: readonly Attempt[];
  /** What the directory says next. */
  verdict: Verdict | Error;
}

async function start(options: OidcGatewaysOptions = {}): Promise<Certified> {
  const attempts: Attempt[] = [];
  const says: { verdict: Verdict | Error } = { verdict: { outcome: "accepted", identity: ada } };
  const gateways = await startOidcGateways({
    path: "/oidc",
    // In turn: what one found out the other one takes over.
    count: 2,
    certificateWay: { url: certificateHost },
    checkCertificate: async (attempt) => {
      attempts.push(attempt);
      if (says.verdict instanceof Error) throw says.verdict;
      return says.verdict;
    },
    ...options,
  });
  return Object.assign(says, {
    gateways,
    attempts,
    [Symbol.asyncDispose]: () => gateways[Symbol.asyncDispose](),
  });
}

async function openForm({ gateways }: Certified, extra: Readonly<Record<string, string>> = {}) {
  const config = await gateways.application();
  const { url, checks } = await beginFlow(config, extra);
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  return { browser, form: await browser.open(url), config, checks };
}

function wayIn({ text }: Page): string {
  return /href="([^"]+\/certificate\?connection=[^"]+)"/.exec(text)?.[1] ?? "";
}

/** As a proxy with the certificate host's name passes it on; without the login's cookies, which are another host's. */
async function show({ gateways }: Certified, way: string, certificate?: string): Promise<URL> {
  const url = new URL(way.replace(certificateHost, gateways.proxy.url));
  const headers: Record<string, string> = certificate === undefined ? {} : { "client-cert": certificate };
  const answer = await fetch(url, { headers, redirect: "manual" });
  assert.equal(answer.status, 303);
  const back = new URL(answer.headers.get("location") ?? "");
  assert.equal(back.origin + back.pathname.replace(/[^/]+$/, ""), `${gateways.issuer}/login/`);
  return back;
}

async function arrives(browser: PlainBrowser, back: URL): Promise<boolean> {
  return (await browser.open(back)).url.href.startsWith(applicationUrl);
}

test("a certificate logs in without a password, and tokens say how", async () => {
  await using system = await start();
  const { browser, form, config, checks } = await openForm(system);
  const way = wayIn(form);
  assert.ok(way.startsWith(`${certificateHost}/oidc/login/`));
  const home = await browser.open(await show(system, way, shown));
  assert.ok(home.url.href.startsWith(applicationUrl));
  const claims = (await client.authorizationCodeGrant(config, home.url, checks)).claims();
  assert.equal(claims?.sub, ada.subjectId);
  assert.deepEqual(claims?.["amr"], ["pop"]);
  assert.equal(claims?.["acr"], "urn:drawbridge:acr:live");
  const [attempt] = system.attempts;
  assert.ok(attempt?.method === "certificate");
  assert.equal(attempt.certificate.toString(), "a certificate");
});

test("an application that wants the person to act may be answered with a certificate", async () => {
  await using system = await start();
  const { browser, form } = await openForm(system, { prompt: "login" });
  assert.ok(await arrives(browser, await show(system, wayIn(form), shown)));
});

test("without a certificate, and with one that cannot be read, the form comes next and says so", async () => {
  await using system = await start();
  const { browser, form } = await openForm(system);
  for (const [certificate, says] of [
    [undefined, /showed no certificate/],
    ["not a byte sequence", /certificate is not accepted/],
  ] as const) {
    const page = await browser.open(await show(system, wayIn(form), certificate));
    assert.equal(page.status, 401);
    assert.match(page.text, says);
    assert.match(page.text, /name="password"/);
  }
  assert.deepEqual(system.attempts, []);
});

test("whatever a certificate comes to, the form comes next and says so", async () => {
  await using system = await start();
  const { browser, form } = await openForm(system);
  const ends: readonly (readonly [Verdict | Error, number])[] = [
    ...denialReasons.map((reason) => [{ outcome: "denied", reason }, 401] as const),
    [{ outcome: "unavailable", fault: "revocation_unknown" }, 503],
    [new Error("a defect"), 503],
  ];
  for (const [verdict, status] of ends) {
    system.verdict = verdict;
    const page = await browser.open(await show(system, wayIn(form), shown));
    const what = JSON.stringify(verdict);
    assert.equal(page.status, status, what);
    assert.match(page.text, /role="alert"/, what);
    assert.match(page.text, /name="password"/, what);
    assert.doesNotMatch(page.text, /user name or the password is not right/, what);
  }
  system.verdict = { outcome: "denied", reason: "certificate_revoked" };
  const revoked = await browser.open(await show(system, wayIn(form), shown));
  assert.match(revoked.text, /has been revoked/);
});

test("somebody lured to the certificate of another's login lets nobody in", async () => {
  await using system = await start();
  const attacker = await openForm(system);
  const back = await show(system, wayIn(attacker.form), shown);
  const victim = createPlainBrowser({ stopAt: applicationUrl });
  assert.equal((await victim.open(back)).status, 400);
  // And a code that somehow got out is of no use at another login.
  const other = await openForm(system);
  const elsewhere = new URL(other.form.url);
  elsewhere.search = back.search;
  const page = await other.browser.open(elsewhere);
  assert.equal(page.status, 401);
  assert.match(page.text, /took too long/);
});

test("a code is good once, and for a minute", async () => {
  await using system = await start();
  const { form, browser } = await openForm(system);
  const back = await show(system, wayIn(form), shown);
  const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const use = (url: URL) => fetch(url, { headers: { cookie: cookies }, redirect: "manual" });
  const statuses = (await Promise.all([use(back), use(back)])).map(({ status }) => status);
  assert.deepEqual(new Set(statuses), new Set([303, 401]));
  const late = await openForm(system);
  const stale = await show(system, wayIn(late.form), shown);
  system.gateways.ahead = 61_000;
  assert.equal(await arrives(late.browser, stale), false);
  for (const junk of ["", "x", "A".repeat(43)]) {
    const guessed = new URL(stale);
    guessed.search = `?certificate=${junk}`;
    assert.equal(await arrives(late.browser, guessed), false);
  }
});

test("it is offered to whose people it is for, and taken from nobody else's", async () => {
  const lab = { name: connectionName("lab"), label: "Lab", mailDomains: [] };
  await using system = await start({
    subject: "qualified",
    connections: [corpConnection, lab],
    clients: [application, { ...application, id: "corp-only", connections: new Set(["corp"]) }],
    certificateWay: { url: certificateHost, connections: new Set(["lab"]) },
  });
  const { form } = await openForm(system);
  const way = wayIn(form);
  assert.match(way, /connection=lab$/);
  assert.match(form.text, /smart card \(Lab\)/);
  const refused = await show(system, way.replace("=lab", "=corp"), shown);
  assert.equal(refused.searchParams.get("problem"), "denied");
  assert.deepEqual(system.attempts, []);
  // A login of an application that lab's people may not use.
  const { url } = await beginFlow(await system.gateways.application("corp-only"));
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  const bare = await browser.open(url);
  assert.equal(wayIn(bare), "");
  const uid = bare.url.pathname.split("/").at(-1) ?? "";
  const forced = await show(system, way.replace(/login\/[^/]+/, `login/${uid}`), shown);
  assert.equal(await arrives(browser, forced), false);
});

test("whatever stands in the address, the browser is sent nowhere but to the issuer", async () => {
  await using system = await start();
  for (const uid of ["..%2f..%2fevil", "%2f%2fevil.example", "a%3fb%23c"]) {
    const answer = await fetch(`${system.gateways.proxy.url}/oidc/login/${uid}/certificate?connection=corp`, {
      redirect: "manual",
    });
    assert.equal(answer.status, 303);
    const location = answer.headers.get("location") ?? "";
    assert.ok(location.startsWith(`${system.gateways.issuer}/login/`), location);
    assert.equal(new URL(location).host, new URL(system.gateways.issuer).host);
  }
});
