/**
 * A refresh while no directory can be asked, as a certified client sees it: an error that may be tried again, and no token is lost.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import type { Recheck } from "../../../../../src/gateway/http/oidc/accounts.ts";
import type { OidcClient } from "../../../../../src/gateway/http/oidc/oidc-options.ts";
import {
  application,
  applicationUrl,
  beginFlow,
  startOidcGateways,
} from "../../../../support/oidc-gateways.ts";
import { createPlainBrowser } from "../../../../support/plain-browser.ts";

const { secret: _, ...withoutSecret } = application;
const onADevice: OidcClient = { ...withoutSecret, id: "device", name: "On a device" };

for (const { id, name } of [application, onADevice]) {
  test(`${name}: an outage is no refusal, and the refresh token is still good after it`, async () => {
    let isOutage = false;
    const recheck: Recheck = async (person) =>
      isOutage ? { kind: "unavailable" } : { kind: "allowed", person };
    await using gateways = await startOidcGateways({ recheck, clients: [application, onADevice] });
    const config =
      id === application.id
        ? await gateways.application()
        : await client.discovery(new URL(gateways.issuer), id, undefined, client.None(), {
            execute: [client.allowInsecureRequests],
          });
    const { url, checks } = await beginFlow(config);
    const browser = createPlainBrowser({ stopAt: applicationUrl });
    const end = await browser.submit(await browser.open(url), {
      action: "login",
      username: "ada",
      password: "right",
    });
    const tokens = await client.authorizationCodeGrant(config, end.url, checks);
    const refresh = (): ReturnType<typeof client.refreshTokenGrant> =>
      client.refreshTokenGrant(config, tokens.refresh_token ?? "");

    isOutage = true;
    for (let tries = 0; tries < 3; tries += 1) {
      const error: unknown = await refresh().catch((thrown: unknown) => thrown);
      // What an application is told with `invalid_grant` is that the person has to log in again.
      assert.ok(error instanceof client.ClientError && !(error instanceof client.ResponseBodyError));
      assert.ok(error.cause instanceof Response);
      assert.equal(error.cause.status, 503);
      const seconds = Number(error.cause.headers.get("retry-after"));
      assert.ok(seconds >= 1 && seconds <= 5, String(seconds));
    }
    isOutage = false;
    const refreshed = await refresh();
    assert.ok(refreshed.access_token);
    await assert.doesNotReject(client.refreshTokenGrant(config, refreshed.refresh_token ?? ""));
  });
}
