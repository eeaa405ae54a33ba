/**
 * What gateways share with each other and with applications is replaced while people log in, by changing files alone.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { refreshTokenGrant } from "openid-client";
import { signingKey } from "../support/oidc-gateways.ts";
import { startOidcSystem } from "../support/oidc-system.ts";
import type { OidcSystem } from "../support/oidc-system.ts";
import { createPlainBrowser } from "../support/plain-browser.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";

const deadlineMs = 60_000;

/** Changes a file, and resolves when every gateway has taken it over. */
async function change(system: OidcSystem, file: string, content: string, keys: string): Promise<void> {
  const count = (log: OidcSystem["gateways"][number]["log"]): number =>
    log.filter((record) => record["msg"] === "keys_renewed" && record["keys"] === keys).length;
  const before = system.gateways.map(({ log }) => count(log));
  await writeFile(file, content);
  const giveUpAt = performance.now() + deadlineMs;
  while (!system.gateways.every(({ log }, index) => count(log) > (before[index] ?? 0))) {
    if (performance.now() > giveUpAt) throw new Error(`new keys were not taken over: ${keys}`);
    await sleep(20);
  }
}

/** How a login ended that was to be accepted. */
type Ended = "accepted" | { readonly status: number | undefined; readonly said: unknown };

async function logInByPage({ portal }: OidcSystem, { accounts, password }: Slapd): Promise<Ended> {
  const browser = createPlainBrowser({ stopAt: "http://nowhere.invalid/" });
  const form = await browser.open(portal.url);
  const end = await browser.submit(form, { username: accounts.active, password });
  const isAccepted = end.status === 200 && end.url.href.startsWith(portal.callback);
  return isAccepted ? "accepted" : { status: end.status, said: end.url.href };
}

/** By the API and by the page, several at a time, until told to stop. */
function keepLoggingIn(system: OidcSystem, slapd: Slapd) {
  const [byApi, byPage]: [Ended[], Ended[]] = [[], []];
  const stopping = new AbortController();
  const right = { username: slapd.accounts.another, password: slapd.password };
  const worker = async (into: Ended[], logIn: (n: number) => Promise<Ended>): Promise<void> => {
    for (let n = 0; !stopping.signal.aborted; n += 1) into.push(await logIn(n));
  };
  const apiLogin = async (n: number): Promise<Ended> => {
    const answer = await system.gateways[n % system.gateways.length]?.login(right);
    await sleep(10);
    return answer?.status === 200 ? "accepted" : { status: answer?.status, said: answer?.body };
  };
  const workers = Promise.all([
    ...Array.from({ length: 3 }, () => worker(byApi, apiLogin)),
    worker(byPage, () => logInByPage(system, slapd)),
  ]);
  return {
    /** Whatever was begun before has ended. */
    async turnedOver() {
      for (const ended = byPage.length; byPage.length < ended + 2;) await sleep(20);
    },
    async stop() {
      stopping.abort();
      await workers;
      return { byApi, byPage };
    },
  };
}

test(
  "what gateways share with each other and with applications is replaced under load without the loss of a login",
  { timeout: 170_000 },
  async (t) => {
    await using slapd = await startSlapd();
    await using scratch = await createScratch("secrets");
    const [token, renewedToken] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
    const tokenFile = await scratch.write("api.token", token);
    const [first, second] = [signingKey(), signingKey()];
    const signingFiles = [
      await scratch.write("oidc-1.key", first),
      await scratch.write("oidc-2.key", second),
    ];
    await using system = await startOidcSystem({
      directory: slapd,
      gateways: 2,
      oidc: { keyFiles: signingFiles },
      gateway: { throttle: {}, api: { tokens: [{ name: "hr", tokenFile, may: ["users.search"] }] } },
    });
    const { portal, issuer, files } = system;
    const jwks = createRemoteJWKSet(new URL(`${issuer}/jwks`), { cooldownDuration: 0 });
    assert.equal(await logInByPage(system, slapd), "accepted");
    const early = portal.tokens;
    assert.ok(early?.id_token !== undefined && early.refresh_token !== undefined);
    const refreshToken = early.refresh_token;
    const load = keepLoggingIn(system, slapd);

    await t.test("what seals the shared state: added, put first, the old one dropped", async () => {
      const old = await readFile(files.stateKey, "utf8");
      const next = randomBytes(32).toString("base64");
      await change(system, files.stateKey, `${old}\n${next}\n`, "state");
      await change(system, files.stateKey, `${next}\n${old}\n`, "state");
      assert.ok(
        (await refreshTokenGrant(portal.config, refreshToken)).access_token,
        "the old one still opens",
      );
      await load.turnedOver();
      await change(system, files.stateKey, `${next}\n`, "state");
      for (const gateway of system.gateways)
        assert.equal(await gateway.readMetric("drawbridge_store_foreign_entries_total"), 0);
    });

    await t.test(
      "what signs ID tokens: those from before stay good while their key is published",
      async () => {
        const [one = "", other = ""] = signingFiles;
        const kidOf = (jwt: string): unknown => decodeProtectedHeader(jwt).kid;
        await writeFile(other, first);
        await change(system, one, second, "oidc");
        while (
          (await logInByPage(system, slapd)) !== "accepted" ||
          kidOf(portal.tokens?.id_token ?? "") === kidOf(early.id_token ?? "")
        )
          await sleep(20);
        await jwtVerify(early.id_token ?? "", jwks, { issuer });
        await jwtVerify(portal.tokens?.id_token ?? "", jwks, { issuer });
      },
    );

    const { byApi, byPage } = await load.stop();
    t.diagnostic(`${byApi.length} logins by the API and ${byPage.length} by the page, none lost`);
    assert.ok(byApi.length >= 10 && byPage.length >= 2);
    assert.deepEqual(
      [...byApi, ...byPage].filter((end) => end !== "accepted"),
      [],
    );

    await t.test("the token of an application: the old one is refused", async () => {
      const search = async (bearer: string): Promise<readonly (number | undefined)[]> =>
        Promise.all(
          system.gateways.map(
            async (gateway) => (await gateway.post("/v1/users/search", { text: "a" }, bearer)).status,
          ),
        );
      assert.ok(!(await search(token)).includes(401));
      await change(system, tokenFile, renewedToken, "tokens");
      assert.deepEqual(await search(token), [401, 401]);
      assert.ok(!(await search(renewedToken)).includes(401));
      await writeFile(tokenFile, "short");
      await Promise.all(
        system.gateways.map((gateway) =>
          gateway.findLog(({ msg, keys }) => msg === "keys_unusable" && keys === "tokens", deadlineMs),
        ),
      );
      assert.ok(!(await search(renewedToken)).includes(401), "what is of no use changes nothing");
    });

    await t.test("the secret of an application: the old one is refused", async () => {
      const renewed = randomBytes(24).toString("base64url");
      await change(system, files.clientSecret, renewed, "oidc");
      await assert.rejects(refreshTokenGrant(portal.config, portal.tokens?.refresh_token ?? ""));
      await portal.connect(issuer, renewed);
      assert.equal(await logInByPage(system, slapd), "accepted");
    });
  },
);
