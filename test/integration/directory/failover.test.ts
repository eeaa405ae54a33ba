/**
 * Controllers that die, freeze or come back: who can log in, whom that asks, and what is counted.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Secret } from "../../../src/login/secret.ts";
import { startSamba } from "../../support/samba.ts";
import { startSlapd } from "../../support/slapd.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { openDirectory, reasonOf } from "./opened-directory.ts";

/** Short waits, so that the tests need not be long. */
const limits = { probeIntervalMs: 200, probeTimeoutMs: 300, failBackAfterMs: 500, searchPatienceMs: 300 };

describe("failover", { timeout: 120_000 }, () => {
  test("a killed controller is replaced at once, and preferred again when it has been back for a while", async () => {
    await using first = await startSlapd();
    await using second = await startSlapd({ from: first });
    await using opened = await openDirectory([first, second], { limits });
    await opened.until(() => opened.engine.controller()?.startsWith(first.address) === true);
    const told: (string | undefined)[] = [];
    opened.engine.onControllerChange((controller) => told.push(controller?.split(":")[0]));

    await first.kill();
    assert.equal(reasonOf(await opened.logIn("ada", first.password)), "accepted");
    await opened.until(() => told.length === 1);

    await first.restart();
    await opened.until(() => told.length === 2);
    assert.deepEqual(told, [second.address, first.address]);
    assert.equal(reasonOf(await opened.logIn("ada", first.password)), "accepted");
  });

  test("a frozen controller costs the logins that it holds a moment, and the later ones nothing", async () => {
    await using first = await startSlapd();
    await using second = await startSlapd({ from: first });
    await using opened = await openDirectory([first, second], { limits });
    await opened.until(() => opened.engine.controller()?.startsWith(first.address) === true);
    first.freeze();
    assert.equal(reasonOf(await opened.logIn("ada", first.password)), "accepted");
    await opened.until(() => opened.engine.controller()?.startsWith(second.address) === true);
    const before = opened.events.length;
    for (let index = 0; index < 3; index += 1) {
      assert.equal(reasonOf(await opened.logIn("ada", first.password)), "accepted");
    }
    const asked = opened.events
      .slice(before)
      .flatMap((event) => (event.kind === "operation" && event.result === "ok" ? [event] : []));
    assert.ok(asked.length >= 6, "the logins asked nobody");
    for (const { controller } of asked)
      assert.ok(controller.startsWith(second.address), "a login asked the frozen one");
    first.thaw();
  });

  test("a frozen controller is left after the first that waited in vain, however many wait beside it", async () => {
    await using first = await startSlapd();
    await using second = await startSlapd({ from: first });
    await using opened = await openDirectory([first, second]);
    await opened.until(() => opened.engine.controller()?.startsWith(first.address) === true);
    for (let index = 0; index < 50; index += 1) await opened.logIn("ada", first.password);
    first.freeze();
    const logins: Promise<unknown>[] = [];
    for (let index = 0; index < 80; index += 1) {
      logins.push(opened.logIn("ada", first.password).then((end) => assert.equal(reasonOf(end), "accepted")));
      await sleep(10);
    }
    await Promise.all(logins);
    const waited = opened.events.filter(
      (event) => event.kind === "operation" && event.operation === "search" && event.result === "timeout",
    );
    assert.ok(waited.length > 0, "nobody asked the frozen one");
    // The first is given up after 150 ms: no more than 15 others can have come until then.
    assert.ok(waited.length <= 25, `${waited.length} asked the frozen one`);
    first.thaw();
  });

  test("with the only controller frozen, the deadline is kept and nothing is said about the person", async () => {
    await using slapd = await startSlapd();
    await using opened = await openDirectory([slapd]);
    slapd.freeze();
    const end = await opened.logIn("ada", slapd.password, { deadlineMs: 700 });
    assert.equal(reasonOf(end), "returned: directory_unreachable");
    slapd.thaw();
  });

  test("a controller that freezes with the bind keeps the login unresolved, and counts a wrong password once", async () => {
    await using samba = await startSamba();
    await using opened = await openDirectory([samba]);
    const end = await opened.logIn("user01", "wrong", {
      deadlineMs: 1_000,
      permitBind() {
        samba.freeze();
        return Promise.resolve("permitted");
      },
    });
    assert.equal(reasonOf(end), "unavailable: bind_unresolved");
    samba.thaw();
    assert.ok((await samba.badPwdCount("user01")) <= 1);
  });

  test("a controller that is slow for longer than a bind may take, then counts it: denied, without a second bind", async () => {
    await using samba = await startSamba();
    await using opened = await openDirectory([samba], { limits: { bindTimeoutMs: 300 } });
    let binds = 0;
    const end = await opened.logIn("user02", "wrong", {
      permitBind() {
        binds += 1;
        samba.freeze();
        setTimeout(() => samba.thaw(), 600);
        return Promise.resolve("permitted");
      },
    });
    assert.equal(reasonOf(end), "bad_credentials");
    assert.equal(binds, 1);
    assert.equal(await samba.badPwdCount("user02"), 1);
  });

  for (const [password, expected] of [
    ["right", "accepted"],
    ["wrong", "bad_credentials"],
  ] as const) {
    test(`the line breaks with the bind on it: a ${password} password is ${expected}, counted at most once`, async () => {
      await using samba = await startSamba();
      await using proxy = await startTcpProxy({
        host: samba.address,
        target: { host: samba.address, port: 636 },
      });
      await using opened = await openDirectory([samba], {
        controllers: [`ldaps://${proxy.host}:${proxy.port}`],
      });
      await opened.until(() => opened.engine.controller() !== undefined);
      let binds = 0;
      const end = await opened.logIn("user03", password === "right" ? samba.password : "wrong", {
        permitBind() {
          binds += 1;
          if (binds === 1) {
            // The bind reaches the server, its answer does not come back.
            proxy.blackHole("to_client");
            setTimeout(() => {
              proxy.cut();
              proxy.heal();
            }, 150);
          }
          return Promise.resolve("permitted");
        },
      });
      assert.equal(reasonOf(end), expected);
      assert.equal(await samba.badPwdCount("user03"), password === "right" ? 0 : 1);
    });
  }

  test("the controller dies with the bind: another one decides, and a wrong password counts once there", async () => {
    await using first = await startSamba();
    await using second = await startSamba({ from: first });
    for (const [password, expected, count] of [
      ["wrong", "bad_credentials", 1],
      [first.password, "accepted", 0],
    ] as const) {
      await using opened = await openDirectory([first, second]);
      await opened.until(() => opened.engine.controller()?.startsWith(first.address) === true);
      const account = count === 1 ? "user04" : "user05";
      const asked: string[] = [];
      const end = await opened.logIn(account, password, {
        permitBind({ controller }) {
          asked.push(controller.split(":")[0] ?? "");
          if (asked.length === 1) {
            // Frozen, it cannot answer the bind; killed, it never will.
            first.freeze();
            setTimeout(() => void first.kill(), 150);
          }
          return Promise.resolve("permitted");
        },
      });
      assert.equal(reasonOf(end), expected);
      assert.deepEqual(asked, [first.address, second.address]);
      assert.equal(await second.badPwdCount(account), count);
      await first.restart();
    }
  });

  test("a wrong service password is its own reason, and is tried seldom", async () => {
    await using slapd = await startSlapd();
    await using second = await startSlapd({ from: slapd });
    await using opened = await openDirectory([slapd, second], {
      serviceAccount: { name: slapd.serviceAccount.name, password: new Secret("wrong") },
      limits: { probeIntervalMs: 50 },
    });
    assert.equal(opened.engine.controller(), undefined);
    const states = opened.events.filter((event) => event.kind === "controller");
    assert.deepEqual(new Set(states.map(({ why }) => why)), new Set(["service_account_bad_credentials"]));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const counted = [...(await slapd.failureTimes("svc-drawbridge"))].concat(
      await second.failureTimes("svc-drawbridge"),
    );
    assert.equal(counted.length, 1);
  });

  test("a certificate of somebody else's authority is refused before a password is sent", async () => {
    await using slapd = await startSlapd();
    await using stranger = await startSlapd();
    await using opened = await openDirectory([slapd], { ca: stranger.ca });
    const [state] = opened.events.filter((event) => event.kind === "controller");
    assert.equal(state?.why, "tls_refused");
    assert.deepEqual(await slapd.failureTimes("svc-drawbridge"), []);
  });

  test("a certificate with another name is refused", async () => {
    await using slapd = await startSlapd();
    await using opened = await openDirectory([slapd], { tlsName: "other.example.test" });
    const [state] = opened.events.filter((event) => event.kind === "controller");
    assert.equal(state?.why, "tls_refused");
  });
});
