/**
 * Logins against a real Active Directory: what its answers become, and that nothing but the right password lets anybody in.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Deadline } from "../../../src/login/deadline.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { openDirectory, parsedName, reasonOf, refuseToBind } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

describe("on Active Directory", { timeout: 120_000 }, () => {
  let samba: Samba;
  let opened: OpenedDirectory;
  before(async () => {
    samba = await startSamba();
    opened = await openDirectory([samba]);
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await samba[Symbol.asyncDispose]();
  });

  const states = [
    ["active", "accepted"],
    ["disabled", "account_disabled"],
    ["accountExpired", "account_expired"],
    ["mustChange", "password_must_change"],
    ["passwordExpired", "password_expired"],
    ["locked", "account_locked"],
    ["logonHours", "logon_hours"],
    ["workstation", "workstation_restricted"],
    ["smartcard", "bad_credentials"],
  ] as const;
  for (const [state, expected] of states) {
    test(`the right password of the account "${state}": ${expected}`, async () => {
      assert.equal(reasonOf(await opened.logIn(samba.accounts[state], samba.password)), expected);
    });
  }

  test("somebody who does not exist is an unknown account", async () => {
    assert.equal(reasonOf(await opened.logIn("nobody", samba.password)), "unknown_account");
  });

  for (const name of ["comma", "unicode", "punctuation", "apostrophe", "parentheses"] as const) {
    test(`special characters are no obstacle: ${name}`, async () => {
      const end = await opened.logIn(samba.accounts[name], samba.password);
      assert.ok(end.outcome === "accepted", reasonOf(end));
      assert.equal(end.identity.accountName, samba.accounts[name]);
    });
  }

  for (const name of ["ada", "ADA", "ada@example.test", "ada.lovelace@example.test", "EXAMPLE\\ada"]) {
    test(`every form of a name finds the same person: ${name}`, async () => {
      const end = await opened.logIn(name, samba.password);
      assert.ok(end.outcome === "accepted", reasonOf(end));
      assert.equal(end.identity.accountName, "ada");
    });
  }

  test("a name of another domain is nobody's", async () => {
    assert.equal(reasonOf(await opened.logIn("OTHER\\ada", samba.password)), "unknown_account");
  });

  test("the identity has a stable id, the profile, and all groups with nested ones and the primary one", async () => {
    const end = await opened.logIn("ada", samba.password);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    const { identity } = end;
    assert.match(identity.subjectId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.match(identity.sid ?? "", /^S-1-5-21-(\d+-){3}\d+$/);
    assert.equal(identity.profile["displayName"], "Ada Lovelace");
    assert.equal(identity.profile["mail"], "ada.lovelace@example.test");
    assert.equal(identity.groupsRead, "complete");
    const names = identity.groups.map(({ name }) => name);
    for (const expected of ["Engineers", "Technology", "Staff", "Domain Users"]) {
      assert.ok(names.includes(expected), `not in ${expected}`);
    }
  });

  const hostile = [
    "EXTERNAL",
    "PLAIN",
    "DIGEST-MD5",
    "*",
    "a*",
    "*)(uid=*",
    "ada)(objectClass=*",
    "a\\2a",
    "CN=Ada Lovelace,OU=People,DC=example,DC=test",
  ];
  for (const name of hostile) {
    test(`a name is never syntax: ${name}`, async () => {
      const end = await opened.logIn(name, samba.password, {
        permitBind: refuseToBind,
      });
      assert.equal(reasonOf(end), "unknown_account");
    });
  }

  test("a NUL ends no value early", async () => {
    const name = { form: "plain", text: "ada\0x" } as const;
    assert.equal((await opened.engine.findAccount(name, Deadline.after(2_000))).kind, "none");
  });

  test("an empty password is denied before anything is asked", async () => {
    assert.equal(reasonOf(await opened.logIn("ada", "", { permitBind: refuseToBind })), "bad_credentials");
  });

  test("one wrong password counts once", async () => {
    assert.equal(reasonOf(await opened.logIn("user01", "wrong")), "bad_credentials");
    assert.equal(await samba.badPwdCount("user01"), 1);
  });

  test("a permission that has expired binds nothing, and the connection is used again", async () => {
    const open = opened.engine.connectionCounts()[0]?.bindConnections;
    const end = await opened.logIn("user02", "wrong", { permitBind: () => Promise.resolve("expired") });
    assert.equal(reasonOf(end), "returned: expired");
    assert.equal(await samba.badPwdCount("user02"), 0);
    const counts = opened.engine.connectionCounts()[0];
    assert.equal(counts?.bindConnections, open);
    assert.equal(counts?.bindConnectionsInUse, 0);
  });

  test("a suspected bind that counted has moved the failure time", async () => {
    const account = await opened.find("user03");
    await opened.logIn("user03", "wrong");
    const deadline = Deadline.after(2_000);
    const { controller, marker } = account;
    assert.ok(marker !== undefined);
    const check = opened.engine.checkSuspicion;
    assert.equal((await check(account, { controller, marker, withinMs: 50 }, deadline)).kind, "moved");
    // Without the marker the controller's clock tells.
    assert.equal((await check(account, { controller, withinMs: 50 }, deadline)).kind, "moved");
  });

  test("a suspected bind that never arrived has not, nor has one with the right password", async () => {
    const account = await opened.find("user04");
    await opened.logIn("user04", samba.password);
    const deadline = Deadline.after(2_000);
    const { controller, marker } = account;
    assert.ok(marker !== undefined);
    const check = opened.engine.checkSuspicion;
    assert.equal((await check(account, { controller, marker, withinMs: 50 }, deadline)).kind, "unmoved");
    assert.equal((await check(account, { controller, withinMs: 50 }, deadline)).kind, "unmoved");
  });

  test("without the marker, a mistake from before the grant is not taken for the suspected bind", async () => {
    const account = await opened.find("user07");
    await opened.logIn("user07", "wrong");
    const check = opened.engine.checkSuspicion;
    const ask = (withinMs: number) =>
      check(account, { controller: account.controller, withinMs }, Deadline.after(3_000));
    assert.equal((await ask(300)).kind, "moved", "a bind right after the grant counted");
    await sleep(700);
    assert.equal((await ask(100)).kind, "unmoved", "they mistyped, and then typed again");
  });

  test("an attempt under suspicion is denied without a second bind when the first one counted", async () => {
    const { controller, marker } = await opened.find("user05");
    assert.ok(marker !== undefined);
    await opened.logIn("user05", "wrong");
    const end = await opened.logIn("user05", "wrong", {
      suspicion: { controller, marker, withinMs: 900 },
    });
    assert.equal(reasonOf(end), "bad_credentials");
    assert.equal(await samba.badPwdCount("user05"), 1);
  });

  test("an attempt under suspicion is bound when the first bind did not count", async () => {
    const { controller, marker } = await opened.find("user06");
    assert.ok(marker !== undefined);
    const suspicion = { controller, marker, withinMs: 900 };
    assert.equal(reasonOf(await opened.logIn("user06", "wrong", { suspicion })), "bad_credentials");
    assert.equal(await samba.badPwdCount("user06"), 1);
  });

  test("StartTLS serves as LDAPS does", async () => {
    await using other = await openDirectory([samba], { controllers: [samba.startTlsUrl], startTls: true });
    await other.until(() => other.engine.controller() !== undefined);
    assert.equal(reasonOf(await other.logIn("ada", samba.password)), "accepted");
    assert.equal(reasonOf(await other.logIn("user07", "wrong")), "bad_credentials");
  });

  test("many logins at once share few connections", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `user${String(index + 8).padStart(2, "0")}`);
    const limits = { bindConnectionsMax: 3 };
    await using narrow = await openDirectory([samba], { limits });
    const ends = await Promise.all(names.map((name) => narrow.logIn(name, samba.password)));
    assert.deepEqual(new Set(ends.map(reasonOf)), new Set(["accepted"]));
    assert.ok((narrow.engine.connectionCounts()[0]?.bindConnections ?? 0) <= 3);
    assert.equal((await narrow.engine.findAccount(parsedName("ada"), Deadline.after(1_000))).kind, "found");
  });
});
