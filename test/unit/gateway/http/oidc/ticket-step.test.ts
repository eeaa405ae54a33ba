/**
 * The login page and Kerberos tickets, over real HTTP: who is asked, who is not, and that nothing of it leads around in a circle.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { createNetworks } from "../../../../../src/gateway/http/networks.ts";
import { ticketLengthMax } from "../../../../../src/login/attempt.ts";
import type { Verdict } from "../../../../../src/login/verdict.ts";
import { denialReasons } from "../../../../../src/login/verdict.ts";
import { connectionName, corp } from "../../../../support/memory-system.ts";
import { kerberosToken, mechanisms, ntlmToken, spnegoToken } from "../../../../support/negotiate-tokens.ts";
import {
  ada,
  applicationUrl,
  beginFlow,
  corpConnection,
  startOidcGateways,
} from "../../../../support/oidc-gateways.ts";
import type { OidcGateways, OidcGatewaysOptions } from "../../../../support/oidc-gateways.ts";
import { createPlainBrowser } from "../../../../support/plain-browser.ts";
import type { Page, PlainBrowser } from "../../../../support/plain-browser.ts";

const ticket = spnegoToken([mechanisms.kerberos], kerberosToken()).toString("base64");
const accepted: Verdict = { outcome: "accepted", identity: ada, answerToken: "oRQw" };

interface Ticketed extends AsyncDisposable {
  readonly gateways: OidcGateways;
  /** What reached the directory. */
  readonly tokens: readonly string[];
  /** What the directory says next. */
  verdict: Verdict | Error;
}

async function start(
  verdict: Verdict | Error = accepted,
  { networks = ["127.0.0.0/8"], ...options }: OidcGatewaysOptions & { readonly networks?: string[] } = {},
): Promise<Ticketed> {
  const tokens: string[] = [];
  const says = { verdict };
  const gateways = await startOidcGateways({
    tickets: {
      networks: new Map([[corp, createNetworks(networks)]]),
      authenticate: async ({ token }) => {
        tokens.push(token.reveal());
        if (says.verdict instanceof Error) throw says.verdict;
        return says.verdict;
      },
    },
    ...options,
  });
  return Object.assign(says, {
    gateways,
    tokens,
    [Symbol.asyncDispose]: () => gateways[Symbol.asyncDispose](),
  });
}

/** As browsers do: asked for a ticket, the same request goes out once more with one, where there is one. */
class Browser {
  readonly plain: PlainBrowser;
  readonly #headers: Record<string, string>;
  readonly #token: string | undefined;
  asked = 0;

  constructor(token?: string, headers: Readonly<Record<string, string>> = {}) {
    this.#token = token;
    this.#headers = { ...headers };
    this.plain = createPlainBrowser({ stopAt: applicationUrl, headers: this.#headers });
  }

  async open(url: string | URL): Promise<Page> {
    const page = await this.plain.open(url);
    if (page.headers.get("www-authenticate") !== "Negotiate") return page;
    this.asked += 1;
    if (this.#token === undefined) return page;
    this.#headers["authorization"] = `Negotiate ${this.#token}`;
    try {
      return await this.plain.open(page.url);
    } finally {
      delete this.#headers["authorization"];
    }
  }
}

async function begin(
  gateways: OidcGateways,
  browser: Browser,
  extra: Readonly<Record<string, string>> = {},
): Promise<{ readonly page: Page; claims(): Promise<client.IDToken | undefined> }> {
  const config = await gateways.application();
  const { url, checks } = await beginFlow(config, extra);
  const page = await browser.open(url);
  const claims = async () => (await client.authorizationCodeGrant(config, page.url, checks)).claims();
  return { page, claims };
}

function isForm({ text }: Page): boolean {
  return /name="username"/.test(text) && /name="password"/.test(text);
}

test("who has a ticket is at the application without a page between, and tokens say how", async () => {
  await using system = await start();
  const browser = new Browser(ticket);
  const { page, claims } = await begin(system.gateways, browser);
  assert.ok(page.url.href.startsWith(applicationUrl));
  assert.deepEqual(system.tokens, [ticket]);
  const told = await claims();
  assert.equal(told?.sub, ada.subjectId);
  assert.deepEqual(told?.["amr"], ["wia"]);
  assert.equal(told?.["acr"], "urn:drawbridge:acr:live");
  assert.ok(!browser.plain.cookies.has("drawbridge-no-ticket"));
});

test("the service proves itself to the browser in the answer that sends it on", async () => {
  await using system = await start();
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  const form = await browser.open((await beginFlow(await system.gateways.application())).url);
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { cookie, authorization: `Negotiate ${ticket}` };
  const answer = await fetch(form.url, { headers, redirect: "manual" });
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.get("www-authenticate"), "Negotiate oRQw");
});

test("who has none is asked once, with the form in the same answer, and logs in with a password", async () => {
  await using system = await start();
  const browser = new Browser();
  const { page } = await begin(system.gateways, browser);
  assert.equal(page.status, 401);
  assert.ok(isForm(page));
  assert.doesNotMatch(page.text, /role="alert"/);
  const again = await browser.open(page.url);
  assert.deepEqual([again.status, browser.asked], [200, 1]);
  const done = await browser.plain.submit(again, { action: "login", username: "ada", password: "right" });
  assert.ok(done.url.href.startsWith(applicationUrl));
  assert.deepEqual(system.tokens, []);
});

test("whoever wants to be asked is asked again, and told what is missing", async () => {
  await using system = await start();
  const browser = new Browser();
  const { page } = await begin(system.gateways, browser);
  const way = /href="([^"]+\?way=ticket)"/.exec(page.text)?.[1] ?? "";
  const told = await browser.open(new URL(way, page.url));
  assert.deepEqual([told.status, browser.asked], [401, 2]);
  assert.match(told.text, /has no login that could be used here/);
});

for (const [what, token] of [
  ["bare NTLM", ntlmToken.toString("base64")],
  ["NTLM in SPNEGO", spnegoToken([mechanisms.ntlm], ntlmToken).toString("base64")],
  ["junk", "YIIB"],
  ["a token that is too long", "A".repeat(ticketLengthMax + 4)],
] as const) {
  test(`${what} never leaves the gateway, leads to the form, and is not asked for again`, async () => {
    await using system = await start();
    const browser = new Browser(token);
    const { page } = await begin(system.gateways, browser);
    assert.equal(page.status, 401);
    assert.ok(isForm(page));
    assert.equal(page.headers.get("www-authenticate"), null);
    assert.deepEqual(system.tokens, []);
    assert.equal((await browser.open(page.url)).status, 200);
    assert.equal(browser.asked, 1);
    const ended = system.gateways.seen.filter(({ name }) => name === "loginEnded");
    assert.equal(ended.length, 1);
  });
}

test("a token of 48 KiB is looked at", async () => {
  await using system = await start();
  const long = spnegoToken([mechanisms.kerberos], kerberosToken({ ticketBytes: 48_700 })).toString("base64");
  assert.ok(long.length > 65_000 && long.length <= ticketLengthMax);
  const { page } = await begin(system.gateways, new Browser(long));
  assert.ok(page.url.href.startsWith(applicationUrl));
  assert.deepEqual(system.tokens, [long]);
});

test("whatever a ticket comes to, the form comes next, says so calmly, and does not ask again", async () => {
  const ends: readonly (readonly [Verdict | Error, number])[] = [
    ...denialReasons.map((reason) => [{ outcome: "denied", reason }, 401] as const),
    [{ outcome: "unavailable", fault: "no_connector" }, 503],
    [{ outcome: "unavailable", fault: "replays_unknown" }, 503],
    [new Error("a defect"), 503],
  ];
  await using system = await start();
  for (const [verdict, status] of ends) {
    system.verdict = verdict;
    const browser = new Browser(ticket);
    const { page } = await begin(system.gateways, browser, { ui_locales: "en" });
    const what = JSON.stringify(verdict);
    assert.equal(page.status, status, what);
    assert.ok(isForm(page), what);
    assert.equal(page.headers.get("www-authenticate"), null, what);
    assert.match(page.text, /role="alert"/, what);
    assert.doesNotMatch(page.text, /user name or the password is not right/, what);
    assert.equal((await browser.open(page.url)).status, 200, what);
    assert.equal(browser.asked, 1, what);
    const done = await browser.plain.submit(page, { action: "login", username: "ada", password: "right" });
    assert.ok(done.url.href.startsWith(applicationUrl), what);
  }
});

test("a clock that is wrong is said to be; a disabled account is said to be disabled", async () => {
  await using system = await start();
  for (const [reason, says] of [
    ["ticket_clock_skew", /clock of this computer is wrong/],
    ["account_disabled", /account is disabled/],
    ["unknown_account", /login of this computer is not accepted/],
  ] as const) {
    system.verdict = { outcome: "denied", reason };
    const { page } = await begin(system.gateways, new Browser(ticket));
    assert.match(page.text, says, reason);
  }
});

for (const extra of [{ prompt: "login" }, { max_age: "3600" }]) {
  test(`${JSON.stringify(extra)} wants the person, so that a ticket is neither asked for nor looked at`, async () => {
    await using system = await start();
    const browser = new Browser(ticket);
    const { page } = await begin(system.gateways, browser, extra);
    assert.ok(isForm(page));
    assert.doesNotMatch(page.text, /way=ticket/);
    const forced = await fetch(new URL("?way=ticket", page.url), {
      headers: {
        authorization: `Negotiate ${ticket}`,
        cookie: [...browser.plain.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    assert.equal(forced.status, 200);
    assert.equal(browser.asked, 0);
    assert.deepEqual(system.tokens, []);
  });
}

test("who has logged out is not logged in again by a ticket, unless they want to be", async () => {
  await using system = await start();
  const browser = new Browser(ticket);
  const first = await begin(system.gateways, browser);
  assert.ok(first.page.url.href.startsWith(applicationUrl));
  const metadata = (await system.gateways.application()).serverMetadata();
  const asked = await browser.open(metadata.end_session_endpoint ?? "");
  await browser.plain.submit(asked, { logout: "yes" });
  const { page } = await begin(system.gateways, browser);
  assert.equal(page.status, 200);
  assert.ok(isForm(page));
  const way = /href="([^"]+\?way=ticket)"/.exec(page.text)?.[1] ?? "";
  assert.ok((await browser.open(new URL(way, page.url))).url.href.startsWith(applicationUrl));
});

test("where the application means somebody in particular, a ticket is not asked for until the person wants it", async () => {
  await using system = await start();
  const config = await system.gateways.application();
  const browser = new Browser(ticket);
  const { url, checks } = await beginFlow(config);
  const home = await browser.open(url);
  const { id_token: hint = "" } = await client.authorizationCodeGrant(config, home.url, checks);
  browser.plain.cookies.clear();
  const { page } = await begin(system.gateways, browser, { id_token_hint: hint });
  assert.deepEqual([isForm(page), page.status, browser.asked], [true, 200, 1]);
  assert.match(page.text, /way=ticket/);
});

test("nobody is asked from elsewhere, or where several directories take tickets", async () => {
  await using elsewhere = await start(accepted, { networks: ["10.0.0.0/8"] });
  const { page } = await begin(elsewhere.gateways, new Browser(ticket));
  assert.deepEqual([page.status, page.headers.get("www-authenticate")], [200, null]);
  assert.doesNotMatch(page.text, /way=ticket/);

  const networks = createNetworks(["127.0.0.0/8"]);
  const lab = { name: connectionName("lab"), label: "Lab", mailDomains: [] };
  await using several = await start(accepted, {
    subject: "qualified",
    connections: [corpConnection, lab],
    tickets: {
      networks: new Map([
        [corp, networks],
        [lab.name, networks],
      ]),
      authenticate: () => assert.fail("a directory saw another's ticket"),
    },
  });
  const { page: form } = await begin(several.gateways, new Browser(ticket));
  assert.equal(form.status, 200);
  assert.doesNotMatch(form.text, /way=ticket/);
});

test("where somebody is from is a trusted proxy's word, and nobody else's", async () => {
  for (const [trustedProxies, asked] of [
    [["127.0.0.0/8"], 1],
    [[], 0],
  ] as const) {
    await using system = await start(accepted, { networks: ["10.0.0.0/8"], trustedProxies });
    const browser = new Browser(ticket, { "x-forwarded-for": "10.1.2.3" });
    const { page } = await begin(system.gateways, browser);
    assert.equal(browser.asked, asked);
    assert.equal(isForm(page), asked === 0);
  }
});
