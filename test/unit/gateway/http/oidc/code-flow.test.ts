/**
 * The authorization code flow over real HTTP, with a certified client as the application and two gateways that take turns.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import type { Recheck } from "../../../../../src/gateway/http/oidc/accounts.ts";
import { importSigningKeys } from "../../../../../src/gateway/http/oidc/signing-keys.ts";
import { Secret } from "../../../../../src/login/secret.ts";
import { toldIdentity } from "../../../../../src/gateway/http/oidc/known-people.ts";
import {
  ada,
  application,
  applicationUrl,
  beginFlow,
  callback,
  clientSecret,
  corpConnection,
  signingKey,
  startOidcGateways,
} from "../../../../support/oidc-gateways.ts";
import type { OidcGateways } from "../../../../support/oidc-gateways.ts";
import { createPlainBrowser } from "../../../../support/plain-browser.ts";

test("a person logs in at gateways that take turns, and the application reads who it is", async () => {
  await using gateways = await startOidcGateways({ count: 2, path: "/oidc" });
  const config = await gateways.application();
  const { url, checks } = await beginFlow(config);
  const browser = createPlainBrowser({ stopAt: applicationUrl });

  const form = await browser.open(url);
  assert.equal(form.status, 200, form.url.href + form.text);
  const again = await browser.submit(form, { action: "login", username: "ada", password: "wrong" });
  assert.equal(again.status, 401);
  assert.match(again.text, /role="alert".*is not right/s);
  const end = await browser.submit(again, { action: "login", username: "ada", password: "right" });
  assert.ok(end.url.href.startsWith(callback), end.text);

  const tokens = await client.authorizationCodeGrant(config, end.url, checks);
  const claims = tokens.claims();
  assert.equal(claims?.sub, ada.subjectId);
  assert.deepEqual(claims?.["groups"], ["Engineers", "Ops (East) * Team"]);
  assert.equal(claims?.["email"], "ada@example.test");
  assert.equal(claims?.["name"], "Ada Lovelace");
  assert.equal(claims?.["preferred_username"], "ada");
  assert.deepEqual(claims?.["amr"], ["pwd"]);
  assert.equal(claims?.["acr"], "urn:drawbridge:acr:live");
  assert.equal(typeof claims?.auth_time, "number");
  const info = await client.fetchUserInfo(config, tokens.access_token, ada.subjectId);
  assert.deepEqual(info["groups"], ["Engineers", "Ops (East) * Team"]);
  assert.deepEqual(
    [...gateways.proxy.answers.values()].map((count) => count > 2),
    [true, true],
  );
  assert.deepEqual(
    gateways.seen.filter(({ name }) => name === "defect"),
    [],
  );
});

test("whoever begins too many logins from one network begins no more there", async () => {
  await using gateways = await startOidcGateways({ beginsMax: 3 });
  const config = await gateways.application();
  const { url } = await beginFlow(config);
  // The second spelling is one that the library does not know; it is counted all the same.
  const other = `/%61${url.pathname.slice(2)}`;
  const spellings = [url.pathname, url.pathname, other, url.pathname, other];
  const statuses: number[] = [];
  for (const path of spellings) {
    const response = await fetch(new URL(path + url.search, url), { redirect: "manual" });
    statuses.push(response.status);
    if (response.status === 429) assert.equal(response.headers.get("retry-after"), "60");
  }
  assert.deepEqual(statuses, [303, 303, 404, 429, 429]);
  const refused = gateways.seen.filter(
    ({ name, fields }) => name === "requestRefused" && fields["code"] === "too_many",
  );
  assert.equal(refused.length, 2);
});

/** From the application to the application, and what it gets. */
async function logIn(gateways: OidcGateways, extra: Readonly<Record<string, string>> = {}) {
  const config = await gateways.application();
  const { url, checks } = await beginFlow(config, extra);
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  const form = await browser.open(url);
  const end = await browser.submit(form, { action: "login", username: "ada", password: "right" });
  const tokens = await client.authorizationCodeGrant(config, end.url, checks);
  return { config, browser, checks, end, tokens };
}

async function post(url: string | undefined, fields: Readonly<Record<string, string>>) {
  const response = await fetch(url ?? "", { method: "POST", body: new URLSearchParams(fields) });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}

const refusal = (error: string) => (thrown: unknown) =>
  thrown instanceof client.ResponseBodyError && thrown.error === error;

test("a session needs no second login, and ends with a logout at the issuer", async () => {
  await using gateways = await startOidcGateways();
  const { config, browser, tokens } = await logIn(gateways);
  const { url } = await beginFlow(config);
  assert.ok((await browser.open(url)).url.href.startsWith(callback));

  const bye = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? "",
    post_logout_redirect_uri: "http://application.example.test/",
    state: "after",
  });
  const asked = await browser.open(bye);
  assert.match(asked.text, /Log out\?/);
  const left = await browser.submit(asked, { logout: "yes" });
  assert.equal(left.url.href, "http://application.example.test/?state=after");
  assert.match((await browser.open(url)).text, /name="password"/);
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, ada.subjectId));
  await assert.rejects(
    client.refreshTokenGrant(config, tokens.refresh_token ?? ""),
    refusal("invalid_grant"),
  );
});

test("a refresh asks the directory, and tells what it says now", async () => {
  let answer: Awaited<ReturnType<Recheck>> | undefined;
  const recheck: Recheck = async (person, forWhom) => {
    assert.equal(forWhom, application.id);
    return answer ?? { kind: "allowed", person };
  };
  await using gateways = await startOidcGateways({ recheck });
  const { config, tokens } = await logIn(gateways);
  const refresh = tokens.refresh_token ?? "";

  const person = { connection: corpConnection.name, identity: { ...toldIdentity(ada), groups: ["Board"] } };
  answer = { kind: "allowed", person: { ...person, checkedAtMs: Date.now() } };
  const refreshed = await client.refreshTokenGrant(config, refresh);
  assert.deepEqual(refreshed.claims()?.["groups"], ["Board"]);
  assert.equal(refreshed.claims()?.auth_time, tokens.claims()?.auth_time);

  answer = { kind: "unavailable" };
  const outage = await post(config.serverMetadata().token_endpoint, {
    grant_type: "refresh_token",
    refresh_token: refresh,
    client_id: application.id,
    client_secret: clientSecret,
  });
  assert.equal(outage.status, 503);
  assert.equal(outage.body["error"], "temporarily_unavailable");
  answer = undefined;
  assert.ok((await client.refreshTokenGrant(config, refresh)).access_token, "nothing was lost by the outage");

  answer = { kind: "refused" };
  await assert.rejects(client.refreshTokenGrant(config, refresh), refusal("invalid_grant"));
  answer = undefined;
  await assert.rejects(
    client.refreshTokenGrant(config, refresh),
    refusal("invalid_grant"),
    "it stays refused",
  );
});

test("a session of somebody who may not log in any more leads to the form", async () => {
  const asked: string[] = [];
  const recheck: Recheck = async ({ identity }) => {
    asked.push(identity.accountName);
    return { kind: "refused" };
  };
  await using gateways = await startOidcGateways({ recheck });
  const { config, browser } = await logIn(gateways);
  const { url } = await beginFlow(config);
  assert.ok((await browser.open(url)).url.href.startsWith(callback), "what the login said still counts");
  gateways.ahead = 301_000;
  assert.match((await browser.open(url)).text, /name="password"/);
  assert.deepEqual(asked, ["ada"]);
});

test("a code is good once, at whichever gateway, and a second use ends what came of the first", async () => {
  await using gateways = await startOidcGateways({ count: 2 });
  const { config, end, checks, tokens } = await logIn(gateways);
  await assert.rejects(client.authorizationCodeGrant(config, end.url, checks), refusal("invalid_grant"));
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, ada.subjectId));
  await assert.rejects(
    client.refreshTokenGrant(config, tokens.refresh_token ?? ""),
    refusal("invalid_grant"),
  );
});

test("two gateways that are handed one code at the same time give out one set of tokens", async () => {
  await using gateways = await startOidcGateways({ count: 2 });
  const config = await gateways.application();
  const { url, checks } = await beginFlow(config);
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  const end = await browser.submit(await browser.open(url), {
    action: "login",
    username: "ada",
    password: "right",
  });
  const both = await Promise.allSettled(
    [1, 2].map(() => client.authorizationCodeGrant(config, end.url, checks)),
  );
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});

test("without PKCE, with another redirect URI, or for an unknown application nobody is asked for a password", async () => {
  await using gateways = await startOidcGateways();
  const config = await gateways.application();
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  const { url } = await beginFlow(config);
  const changed = (change: (parameters: URLSearchParams) => void): URL => {
    const other = new URL(url);
    change(other.searchParams);
    return other;
  };

  const bare = await browser.open(
    changed((parameters) => {
      parameters.delete("code_challenge");
      parameters.delete("code_challenge_method");
    }),
  );
  assert.equal(bare.url.searchParams.get("error"), "invalid_request");
  const elsewhere = await browser.open(
    changed((parameters) => parameters.set("redirect_uri", "https://evil.example/")),
  );
  assert.equal(elsewhere.status, 400);
  assert.match(elsewhere.text, /wrong address to return to/);
  const unknown = await browser.open(changed((parameters) => parameters.set("client_id", "<script>")));
  assert.equal(unknown.status, 400);
  assert.match(unknown.text, /not known here/);
  assert.doesNotMatch(unknown.text, /<script>/);
});

test("keys that change while it serves: who had begun goes on, and the new ones hold from then on", async () => {
  await using gateways = await startOidcGateways({ count: 2 });
  const before = await logIn(gateways);
  const { url, checks } = await beginFlow(before.config);
  const browser = createPlainBrowser({ stopAt: applicationUrl });
  const form = await browser.open(url);
  const renewed = "another-secret-of-the-application-0123456789";
  const changed = {
    signingKeys: importSigningKeys([signingKey()]),
    cookieKeys: [new Secret("a-cookie-key-of-now-0123456789abcdefgh"), ...gateways.cookies],
    clients: [{ ...application, secret: new Secret(renewed) }],
  } as const;
  for (const server of gateways.servers) server.renewOidc(changed);
  const end = await browser.submit(form, { action: "login", username: "ada", password: "right" });
  assert.ok(end.url.href.startsWith(callback), end.text);
  await assert.rejects(client.authorizationCodeGrant(before.config, end.url, checks), {
    error: "invalid_client",
  });
  const config = await gateways.application(application.id, renewed);
  const tokens = await client.authorizationCodeGrant(config, end.url, checks);
  assert.equal(tokens.claims()?.sub, ada.subjectId);
  const kidOf = (token = ""): unknown =>
    JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())["kid"];
  assert.notEqual(kidOf(tokens.id_token), kidOf(before.tokens.id_token));
});

test("keys rotate: what the old one signed is still believed, and the new one signs", async () => {
  const [old, next] = [signingKey(), signingKey()];
  await using gateways = await startOidcGateways({ count: 0 });
  await gateways.add({ signing: [old, next] });
  const before = await logIn(gateways);
  gateways.proxy.servers = [];
  await gateways.add({ signing: [next, old] });
  const after = await logIn(gateways);
  const kidOf = (token = ""): unknown =>
    JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())["kid"];
  assert.notEqual(kidOf(before.tokens.id_token), kidOf(after.tokens.id_token));
  const bye = client.buildEndSessionUrl(after.config, { id_token_hint: before.tokens.id_token ?? "" });
  assert.equal((await before.browser.open(bye)).status, 200, "a token of the old key is still a hint");
});
