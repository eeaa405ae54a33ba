/**
 * The login page over real HTTP: what is said, and what bad input gets.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { LogIn } from "../../../../../src/gateway/cache/cached-log-in.ts";
import { disclosedReason } from "../../../../../src/gateway/http/disclosure.ts";
import type { Operate } from "../../../../../src/gateway/operate.ts";
import { Secret } from "../../../../../src/login/secret.ts";
import { denialReasons, faults } from "../../../../../src/login/verdict.ts";
import type { DenialReason, Verdict } from "../../../../../src/login/verdict.ts";
import { connectionName } from "../../../../support/memory-system.ts";
import { ada, applicationUrl, beginFlow, startOidcGateways } from "../../../../support/oidc-gateways.ts";
import type { OidcGateways, OidcGatewaysOptions } from "../../../../support/oidc-gateways.ts";
import { createPlainBrowser } from "../../../../support/plain-browser.ts";
import type { Page } from "../../../../support/plain-browser.ts";

async function openForm(gateways: OidcGateways, extra: Readonly<Record<string, string>> = {}) {
  const { url } = await beginFlow(await gateways.application(), extra);
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  return { browser, form: await browser.open(url) };
}

const login = { action: "login", username: "ada", password: "right" };

/** Sends the form without a browser's help. */
async function send(
  page: Page,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
  const response = await fetch(page.url, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "text/html", ...headers },
    body,
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

function cookiesOf(browser: { readonly cookies: ReadonlyMap<string, string> }): string {
  return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

function tokenIn({ text }: Page): string {
  return /name="token" value="([^"]+)"/.exec(text)?.[1] ?? "";
}

test("pages are not kept, not framed, and load nothing from elsewhere", async () => {
  await using gateways = await startOidcGateways({ path: "/oidc" });
  const { form } = await openForm(gateways);
  const policy = form.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.match(policy, /form-action 'self'(;|$)/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(form.headers.get("cache-control"), "no-store");
  assert.doesNotMatch(form.text, /<script>|<style|style="|onclick/);
  for (const [, path = ""] of form.text.matchAll(/(?:href|src)="(\/oidc\/assets\/[^"]+)"/g)) {
    const asset = await fetch(new URL(path, form.url));
    assert.equal(asset.status, 200, path);
    assert.match(asset.headers.get("cache-control") ?? "", /immutable/);
  }
  assert.equal((await fetch(new URL("/oidc/assets/../state", form.url))).status, 404);
});

test("every end of a login has its status and its words, in the person's language", async () => {
  let verdict: Verdict = { outcome: "denied", reason: "bad_credentials" };
  await using gateways = await startOidcGateways({ logIn: async () => verdict });
  for (const reason of denialReasons) {
    verdict = { outcome: "denied", reason };
    const { browser, form } = await openForm(gateways, { ui_locales: "de" });
    const page = await browser.submit(form, login);
    assert.equal(page.status, 401, reason);
    assert.match(page.text, /<html lang="de">/);
    assert.match(page.text, /role="alert"/);
    assert.equal(/Benutzername oder Passwort stimmt nicht/.test(page.text), isWrong(reason), reason);
  }
  for (const fault of faults) {
    verdict = { outcome: "unavailable", fault };
    const { browser, form } = await openForm(gateways);
    const page = await browser.submit(form, login);
    const isThrottled = fault === "throttled";
    assert.equal(page.status, isThrottled ? 429 : 503, fault);
    assert.ok(Number(page.headers.get("retry-after")) >= 1);
    assert.match(page.text, isThrottled ? /too many attempts/ : /cannot be reached/);
  }
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

function isWrong(reason: DenialReason): boolean {
  return disclosedReason(reason, "proven") === "bad_credentials";
}

test("where somebody comes from, and which application sent them, is told when the page is shown and when they log in", async () => {
  const demands: Parameters<LogIn>[2][] = [];
  await using gateways = await startOidcGateways({
    logIn: async (_, __, demand) => {
      demands.push(demand);
      return { outcome: "denied", reason: "bad_credentials" };
    },
  });
  const { browser, form } = await openForm(gateways);
  await browser.submit(form, login);
  const begun = gateways.seen.filter(({ name }) => name === "loginBegun");
  assert.deepEqual(
    begun.map(({ fields }) => Object.keys({ ...Object(fields["from"]) })),
    [["ip", "application"]],
  );
  assert.equal(demands.length, 1);
  assert.equal(demands[0]?.application, "portal");
  assert.match(demands[0]?.ip ?? "", /^127\./);
});

test("what is missing is said beside its field, and nobody is asked", async () => {
  const asked: string[] = [];
  await using gateways = await startOidcGateways({
    logIn: async () => {
      asked.push("asked");
      return { outcome: "denied", reason: "bad_credentials" };
    },
  });
  const { browser, form } = await openForm(gateways);
  const page = await browser.submit(form, { action: "login", username: " ", password: "" });
  assert.equal(page.status, 422);
  assert.match(page.text, /id="username-problem"/);
  assert.match(page.text, /id="password-problem"/);
  assert.match(page.text, /href="#username"/);
  const long = await browser.submit(form, { ...login, password: "x".repeat(2_000) });
  assert.equal(long.status, 422);
  assert.deepEqual(asked, []);
});

test("a name from the form or from the application is never mark-up", async () => {
  const hint = `"><script>alert(1)</script>`;
  await using gateways = await startOidcGateways();
  const { browser, form } = await openForm(gateways, { login_hint: hint });
  assert.doesNotMatch(form.text, /<script>alert/);
  assert.match(form.text, /&lt;script&gt;/);
  const page = await browser.submit(form, { ...login, username: hint });
  assert.doesNotMatch(page.text, /<script>alert/);
});

test("among several connections, the mail domain or the person's choice tells which is asked", async () => {
  const asked: string[] = [];
  const logIn: LogIn = async ({ connection }) => {
    asked.push(connection);
    return { outcome: "denied", reason: "bad_credentials" };
  };
  await using gateways = await startOidcGateways({
    logIn,
    subject: "qualified",
    connections: [
      { name: connectionName("corp"), label: "Head office", mailDomains: ["example.test"] },
      { name: connectionName("sub"), label: "Subsidiary", mailDomains: ["sub.example.test"] },
    ],
  });
  const { browser, form } = await openForm(gateways);
  assert.match(form.text, /Head office/);
  await browser.submit(form, { ...login, username: "ada@SUB.example.test", connection: "" });
  await browser.submit(form, { ...login, username: "ada@sub.example.test", connection: "corp" });
  const unsure = await browser.submit(form, { ...login, connection: "" });
  assert.equal(unsure.status, 422);
  assert.match(unsure.text, /id="connection-problem"/);
  const forged = await browser.submit(form, { ...login, connection: "other" });
  assert.equal(forged.status, 422);
  assert.deepEqual(asked, ["sub", "corp"]);
});

test("a password that must be changed is changed, and the login goes on", async () => {
  let password = "old";
  const logIn: LogIn = async (attempt) => {
    const given = attempt.method === "password" ? attempt.password.reveal() : "";
    if (given === "old") return { outcome: "denied", reason: "password_must_change" };
    return given === password
      ? { outcome: "accepted", identity: ada }
      : { outcome: "denied", reason: "bad_credentials" };
  };
  const operate: Operate = async (operation, caller) => {
    assert.equal(caller, "self");
    if (operation.method !== "password.change") throw new Error("another operation");
    if (operation.oldPassword.reveal() !== "old") return { outcome: "refused", reason: "wrong_old_password" };
    if (operation.newPassword.reveal() === "weak") return { outcome: "refused", reason: "too_weak" };
    password = operation.newPassword.reveal();
    return { outcome: "done", result: { kind: "password_set" } };
  };
  await using gateways = await startOidcGateways({ logIn, operate });
  const { browser, form } = await openForm(gateways);
  const ask = await browser.submit(form, { ...login, password: "old" });
  assert.match(ask.text, /autocomplete="new-password"/);
  assert.doesNotMatch(ask.text, /value="old"/, "no password is ever in a page");
  const change = { action: "change", username: "ada", password: "old" };
  const weak = await browser.submit(ask, { ...change, "new-password": "weak", "repeat-password": "weak" });
  assert.equal(weak.status, 422);
  assert.match(weak.text, /id="new-password-problem"/);
  const wrong = await browser.submit(ask, {
    ...change,
    password: "guess",
    "new-password": "fine",
    "repeat-password": "fine",
  });
  assert.match(wrong.text, /id="password-problem"/);
  const end = await browser.submit(ask, { ...change, "new-password": "fine", "repeat-password": "fine" });
  assert.ok(end.url.searchParams.get("code"));
});

const attacks: Readonly<Record<string, (page: Page, cookies: string) => ReturnType<typeof send>>> = {
  "a form of another site": (page, cookie) =>
    send(page, `token=${tokenIn(page)}&action=login&username=ada&password=right`, {
      cookie,
      origin: "https://evil.example",
      "sec-fetch-site": "cross-site",
    }),
  "a form without its token": (page, cookie) =>
    send(page, "action=login&username=ada&password=right", { cookie, origin: page.url.origin }),
  "a form with another login's token": (page, cookie) =>
    send(page, `token=${randomBytes(32).toString("base64url")}&action=login&username=ada&password=right`, {
      cookie,
      origin: page.url.origin,
    }),
  "a form of a browser that did not begin the login": (page) =>
    send(page, `token=${tokenIn(page)}&action=login&username=ada&password=right`, {
      origin: page.url.origin,
    }),
  "a form with tampered cookies": (page, cookie) =>
    send(page, `token=${tokenIn(page)}&action=login&username=ada&password=right`, {
      cookie: cookie.replaceAll(/=(.)/g, (_, first: string) => `=${first === "A" ? "B" : "A"}`),
      origin: page.url.origin,
    }),
  "a form that says a field twice": (page, cookie) =>
    send(page, `token=${tokenIn(page)}&action=login&username=ada&username=grace&password=right`, {
      cookie,
      origin: page.url.origin,
    }),
  "a password in another encoding": (page, cookie) =>
    send(page, `token=${tokenIn(page)}&action=login&username=ada&password=%E9`, {
      cookie,
      origin: page.url.origin,
    }),
  "an oversized form": (page, cookie) =>
    send(page, `token=${tokenIn(page)}&action=login&username=ada&password=${"x".repeat(20_000)}`, {
      cookie,
      origin: page.url.origin,
    }),
};
for (const [name, attack] of Object.entries(attacks)) {
  test(`${name} is refused with a page, and no password is looked at`, async () => {
    const asked: string[] = [];
    const logIn: LogIn = async () => {
      asked.push("asked");
      return { outcome: "accepted", identity: ada };
    };
    await using gateways = await startOidcGateways({ logIn });
    const { browser, form } = await openForm(gateways);
    const answer = await attack(form, cookiesOf(browser));
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
    assert.match(answer.text, /<h1>/);
    assert.deepEqual(asked, []);
    assert.deepEqual(
      gateways.seen.filter(({ name: event }) => event === "defect"),
      [],
    );
    const end = await browser.submit(form, login);
    assert.ok(end.url.href.startsWith(applicationUrl), "the login itself is not lost");
  });
}

test("two clicks before the first answer are one submission", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  let asked = 0;
  const logIn: LogIn = async () => {
    asked += 1;
    await answered;
    return { outcome: "denied", reason: "bad_credentials" };
  };
  await using gateways = await startOidcGateways({ logIn });
  const { browser, form } = await openForm(gateways);
  const before = gateways.proxy.requests;
  const both = Promise.all([browser.submit(form, login), browser.submit(form, login)]);
  await until(() => asked > 0 && gateways.proxy.requests >= before + 2);
  // What was passed on before this is read before this.
  await fetch(form.url);
  answer();
  assert.deepEqual(
    (await both).map(({ status }) => status),
    [401, 401],
  );
  assert.equal(asked, 1);
});

test("a login or session under a key that is not used any more is over, and begins anew", async () => {
  const cookies = (): readonly [Secret] => [new Secret(randomBytes(32).toString("base64"))];
  await using gateways = await startOidcGateways({ count: 0 });
  await gateways.add({ cookies: cookies() });
  const { browser, form } = await openForm(gateways);
  gateways.proxy.servers = [];
  await gateways.add({ cookies: cookies() });
  const page = await browser.submit(form, login);
  assert.equal(page.status, 400);
  assert.match(page.text, /This login is over/);
  const { url } = await beginFlow(await gateways.application());
  assert.match((await browser.open(url)).text, /name="password"/);
});

test("without the store, people get a page that says so, and applications temporarily_unavailable", async () => {
  await using gateways = await startOidcGateways();
  const { browser, form } = await openForm(gateways);
  gateways.store.isThere = false;
  const page = await browser.submit(form, login);
  assert.equal(page.status, 503);
  assert.match(page.text, /not possible right now/);
  const config = await gateways.application();
  const { url } = await beginFlow(config);
  const begun = await browser.open(url);
  assert.equal(begun.status, 503);
  assert.match(begun.text, /not possible right now/);
  gateways.store.isThere = true;
  const end = await browser.submit(form, login);
  assert.ok(end.url.href.startsWith(applicationUrl), "nothing was lost by the outage");
});

test("an issuer is reached under its own name, whatever a client's headers say", async () => {
  await using gateways = await startOidcGateways({ path: "/oidc" });
  const forged = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    forwarded: "host=evil.example",
  };
  const response = await fetch(`${gateways.issuer}/.well-known/openid-configuration`, { headers: forged });
  const { authorization_endpoint: endpoint } = (await response.json()) as Readonly<Record<string, string>>;
  assert.equal(endpoint, `${gateways.issuer}/authorize`);
});

test("who has a session here and becomes somebody else takes nothing along", async () => {
  const grace = { ...ada, subjectId: "7b0c1d4e-0000-4000-8000-000000000002", accountName: "grace" };
  const options: OidcGatewaysOptions = {
    logIn: async (attempt) => ({
      outcome: "accepted",
      identity: attempt.method === "password" && attempt.accountName.text === "grace" ? grace : ada,
    }),
  };
  await using gateways = await startOidcGateways(options);
  const { browser, form } = await openForm(gateways);
  await browser.submit(form, login);
  const { url } = await beginFlow(await gateways.application(), { prompt: "login" });
  const again = await browser.submit(await browser.open(url), { ...login, username: "grace" });
  const confirmed = again.url.href.startsWith(applicationUrl) ? again : await browser.submit(again, {});
  assert.ok(confirmed.url.searchParams.get("code"), confirmed.text);
});
