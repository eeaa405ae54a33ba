/**
 * Guessing passwords through two gateways, against the lockout of a real Active Directory.
 *
 * Counted by the directory itself: whatever strangers try, no account is locked, and its owner gets in.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { Attribute, Change } from "ldapts";
import { startConnector, startGateway } from "../support/drawbridge.ts";
import type { GatewayProgram, LoginAnswer } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import type { LabDirectory } from "../support/lab-directory.ts";
import { withLdap } from "../support/ldap-client.ts";
import { startNats } from "../support/nats-server.ts";
import type { Nats } from "../support/nats-server.ts";
import { startOidcSystem } from "../support/oidc-system.ts";
import { createPlainBrowser } from "../support/plain-browser.ts";
import { startSamba } from "../support/samba.ts";
import type { Samba } from "../support/samba.ts";
import { createScratch } from "../support/scratch.ts";

interface Attacked extends AsyncDisposable {
  readonly gateways: readonly [GatewayProgram, GatewayProgram];
  readonly nats: Nats;
  login(name: string, password: string, address: string): Promise<LoginAnswer>;
  /** From one address each, all at once, through both gateways in turns. */
  flood(guesses: readonly (readonly [name: string, address: string])[]): Promise<readonly LoginAnswer[]>;
}

const home = "203.0.113.7";
const addressOf = (n: number): string => `198.51.${Math.floor(n / 200)}.${1 + (n % 200)}`;

async function guessElsewhere(directory: LabDirectory, account: string, password: string): Promise<void> {
  const { url, ca } = directory;
  const name = directory.distinguishedName(account);
  await assert.rejects(withLdap({ url, ca, name, password }, async () => undefined));
}

const lockoutThreshold = 5;
/** Strangers leave the owner one wrong password that does not lock. */
const strangersMax = lockoutThreshold - 2;

async function startLockingSamba(): Promise<Samba> {
  const samba = await startSamba();
  const modification = new Attribute({ type: "lockoutThreshold", values: [String(lockoutThreshold)] });
  await samba.asAdministrator((client) =>
    client.modify(samba.baseDn, new Change({ operation: "replace", modification })),
  );
  return samba;
}

/** What a proxy on the loopback address says of its client is believed. */
async function startAttacked(
  directory: LabDirectory,
  { trustsProxy = true, jetStream = true } = {},
): Promise<Attacked> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("throttling"));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const nats = cleanup.use(await startNats({ jetStream }));
  const stateKey = await scratch.write("state.key", randomBytes(32).toString("base64"));
  for (const name of ["replica-1", "replica-2"]) {
    cleanup.use(await startConnector({ nats, keys, name, connections: { corp: { directory } } }));
  }
  const start = async (name: string): Promise<GatewayProgram> =>
    cleanup.use(
      await startGateway({
        nats,
        keys,
        name,
        connections: ["corp"],
        throttle: { addressFailures: 10, networkFailures: 10_000 },
        stateKeyFiles: [stateKey],
        trustedProxies: trustsProxy ? ["127.0.0.0/8"] : [],
      }),
    );
  const gateways = [await start("gateway-1"), await start("gateway-2")] as const;
  const owned = cleanup.move();
  let turn = 0;
  const login = (username: string, password: string, address: string): Promise<LoginAnswer> => {
    turn += 1;
    return gateways[turn % 2 === 0 ? 0 : 1].login({ username, password }, { forwardedFor: address });
  };
  return {
    gateways,
    nats,
    login,
    flood: (guesses) =>
      Promise.all(guesses.map(([name, address], n) => login(name, `not the password ${n}`, address))),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function told({ status, body }: LoginAnswer): string {
  return `${status} ${String(body["outcome"])} ${String(body["reason"] ?? body["fault"] ?? "")}`.trim();
}

describe("guessing at Active Directory through two gateways", { timeout: 170_000 }, () => {
  test("a flood of guesses from many addresses locks nobody out, and the owner gets in", async (t) => {
    await using samba = await startLockingSamba();
    await using attacked = await startAttacked(samba);
    const { login, flood } = attacked;
    const spellings = (account: string): readonly string[] => [
      account,
      account.toUpperCase(),
      `EXAMPLE\\${account}`,
      `${account}@example.test`,
    ];

    await t.test("many addresses, one account", async () => {
      assert.equal(told(await login("user01", samba.password, home)), "200 accepted");
      const answers = await flood(Array.from({ length: 100 }, (_, n) => ["user01", addressOf(n)]));
      const kinds = Map.groupBy(answers, told);
      assert.deepEqual([...kinds.keys()].toSorted(), [
        "401 denied bad_credentials",
        "429 unavailable throttled",
      ]);
      assert.equal(await samba.badPwdCount("user01"), strangersMax);
      assert.equal(told(await login("user01", samba.password, addressOf(150))), "429 unavailable throttled");
      assert.equal(told(await login("user01", samba.password, home)), "200 accepted");
      assert.equal(await samba.badPwdCount("user01"), 0);
    });

    await t.test("all spellings of one name at once", async () => {
      const names = spellings("user02");
      await flood(Array.from({ length: 60 }, (_, n) => [names[n % names.length] ?? "", addressOf(n + 200)]));
      assert.ok((await samba.badPwdCount("user02")) <= strangersMax);
    });

    await t.test("the same wrong password, again and again", async () => {
      for (let n = 0; n < 10; n += 1) {
        assert.equal(
          told(await login("user03", "Spring-2026", addressOf(n + 300))),
          "401 denied bad_credentials",
        );
      }
      assert.ok((await samba.badPwdCount("user03")) <= 1);
      assert.equal(told(await login("user03", samba.password, addressOf(320))), "200 accepted");
    });

    await t.test("after guesses that came some other way", async () => {
      for (let n = 0; n < strangersMax; n += 1) await guessElsewhere(samba, "user04", `elsewhere ${n}`);
      assert.equal(
        told(await login("user04", "not the password", addressOf(330))),
        "429 unavailable throttled",
      );
      assert.equal(await samba.badPwdCount("user04"), strangersMax);
    });

    await t.test("by changing the password", async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          attacked.gateways[n % 2 === 0 ? 0 : 1].post(
            "/v1/password/change",
            { username: "user05", oldPassword: `guess ${n}`, newPassword: "Another-Passw0rd-1" },
            undefined,
            { forwardedFor: addressOf(n + 340) },
          ),
        ),
      );
      assert.equal(answers.filter(({ status }) => status === 429).length, 20 - strangersMax);
      assert.ok((await samba.badPwdCount("user05")) <= strangersMax);
    });

    await t.test("an unknown name is answered like a known one", async () => {
      const ends = (name: string, from: number): Promise<readonly string[]> =>
        Array.fromAsync({ length: 5 }, async (_, n) =>
          told(await login(name, `guess ${n}`, addressOf(from + n))),
        );
      assert.deepEqual(await ends("nobody", 370), await ends("user06", 380));
    });

    await t.test("the time of an answer does not tell an unknown name from a known one", async () => {
      const timesOf = { known: [] as number[], unknown: [] as number[] };
      for (let n = 0; n < 24; n += 1) {
        const known = await login(
          `user${9 + (n % 12)}`.replace(/r9$/, "r09"),
          `guess ${n}`,
          addressOf(600 + n),
        );
        const unknown = await login(`nobody-${n % 12}`, `guess ${n}`, addressOf(650 + n));
        assert.deepEqual([told(known), told(unknown)], Array(2).fill("401 denied bad_credentials"));
        timesOf.known.push(known.tookMs);
        timesOf.unknown.push(unknown.tookMs);
      }
      // How often an unknown name takes longer than a known one: half of the time where nothing can be told, always or never where all can.
      const pairs = timesOf.known.flatMap((known) => timesOf.unknown.map((unknown) => unknown > known));
      const share = pairs.filter(Boolean).length / pairs.length;
      assert.ok(share > 0.15 && share < 0.85, `an unknown name took longer in ${share} of all pairs`);
    });

    await t.test("one address that tries one password at everybody", async () => {
      const answers: string[] = [];
      for (let n = 0; n < 12; n += 1)
        answers.push(told(await login(`nobody${n}`, "Spring-2026", addressOf(390))));
      assert.deepEqual(new Set(answers.slice(10)), new Set(["429 unavailable throttled"]));
    });

    await t.test("while the store is away", async () => {
      const [node] = attacked.nats.nodes;
      assert.ok(node !== undefined);
      await node.fillDisk();
      await flood(Array.from({ length: 40 }, (_, n) => ["user07", addressOf(n + 400)]));
      assert.ok((await samba.badPwdCount("user07")) < lockoutThreshold);
      assert.equal(told(await login("user08", samba.password, home)), "200 accepted");
    });
  });

  test("a spoofed X-Forwarded-For changes nothing where no proxy is trusted", async () => {
    await using samba = await startLockingSamba();
    await using attacked = await startAttacked(samba, { trustsProxy: false });
    const answers: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      answers.push(told(await attacked.login(`nobody${n}`, "Spring-2026", addressOf(n))));
    }
    assert.deepEqual(new Set(answers.slice(10)), new Set(["429 unavailable throttled"]));
  });

  test("the login page, the login API and the change of a password spend one budget", async () => {
    await using samba = await startLockingSamba();
    const throttle = { throttle: {} };
    await using system = await startOidcSystem({ directory: samba, gateways: 2, gateway: throttle });
    const browser = createPlainBrowser({ stopAt: system.portal.callback });
    let page = await browser.open(system.portal.url);
    const statuses: number[] = [];
    for (const [n, username] of ["user01", "EXAMPLE\\USER01", "user01@example.test"].entries()) {
      const gateway = system.gateways[n % 2];
      assert.ok(gateway !== undefined);
      page = await browser.submit(page, { username, password: `by the page ${n}` });
      statuses.push(page.status);
      statuses.push((await gateway.login({ username, password: `by the API ${n}` })).status);
      const change = { username, oldPassword: `by a change ${n}`, newPassword: "Another-Passw0rd-1" };
      statuses.push((await gateway.post("/v1/password/change", change)).status);
    }
    assert.deepEqual(statuses, [401, 401, 422, 429, 429, 429, 429, 429, 429]);
    assert.equal(await samba.badPwdCount("user01"), strangersMax);
  });

  test("on NATS servers without JetStream each gateway counts for itself, and says so", async () => {
    await using samba = await startLockingSamba();
    await using attacked = await startAttacked(samba, { jetStream: false });
    const { login, flood, gateways } = attacked;
    assert.equal(told(await login("user01", samba.password, home)), "200 accepted");
    await flood(Array.from({ length: 60 }, (_, n) => ["user01", addressOf(n)]));
    const count = await samba.badPwdCount("user01");
    assert.ok(count > 0 && count < lockoutThreshold, `${count} wrong passwords reached the directory`);
    for (const gateway of gateways) {
      assert.equal(await gateway.readMetric("drawbridge_store_available", { bucket: "throttle" }), 0);
      await gateway.findLog(({ msg, bucket }) => msg === "store_unavailable" && bucket === "throttle", 5_000);
    }
    assert.equal(told(await login("user02", samba.password, home)), "200 accepted");
  });
});
