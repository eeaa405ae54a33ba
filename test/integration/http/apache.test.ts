/**
 * An application that nobody here wrote: Apache with mod_auth_openidc.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogIn } from "../../../src/gateway/cache/cached-log-in.ts";
import { Secret } from "../../../src/login/secret.ts";
import { apachePort, startApache } from "../../support/apache.ts";
import { findFreeAddress } from "../../support/loopback.ts";
import { ada, application, clientSecret, startOidcGateways } from "../../support/oidc-gateways.ts";
import { ensurePackages } from "../../support/packages.ts";
import { createPlainBrowser } from "../../support/plain-browser.ts";
import type { Page } from "../../support/plain-browser.ts";

test("Apache lets in who logged in here, by the groups that it is told", { timeout: 90_000 }, async () => {
  await ensurePackages();
  const address = await findFreeAddress([apachePort]);
  const client = {
    ...application,
    id: "wiki",
    secret: new Secret(clientSecret),
    authentication: "basic",
    redirectUris: [`http://${address}:${apachePort}/callback`],
  } as const;
  const grace = {
    ...ada,
    subjectId: "7b0c1d4e-0000-4000-8000-000000000002",
    accountName: "grace",
    groups: [],
  };
  const logIn: LogIn = async (attempt) => ({
    outcome: "accepted",
    identity: attempt.method === "password" && attempt.accountName.text === "grace" ? grace : ada,
  });
  await using gateways = await startOidcGateways({ count: 2, path: "/oidc", clients: [client], logIn });
  await using apache = await startApache({
    address,
    issuer: gateways.issuer,
    clientId: "wiki",
    clientSecret,
  });
  const visit = async (username: string): Promise<Page> => {
    const browser = createPlainBrowser({ stopAt: "nothing" });
    const form = await browser.open(apache.url);
    assert.match(form.text, /name="password"/);
    return browser.submit(form, { action: "login", username, password: "right" });
  };
  const page = await visit("ada");
  assert.equal(page.status, 200, page.text);
  assert.match(page.text, /For engineers/);
  assert.equal(page.headers.get("x-person"), "ada");
  const other = await visit("grace");
  assert.ok(other.status === 401 || other.status === 403, String(other.status));
  assert.doesNotMatch(other.text, /For engineers/);
});
