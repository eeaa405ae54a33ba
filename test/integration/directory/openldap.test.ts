/**
 * Logins against a real OpenLDAP with password policy and nested groups.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as fc from "fast-check";
import { Attribute, Change } from "ldapts";
import { Deadline } from "../../../src/login/deadline.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { Slapd } from "../../support/slapd.ts";
import { openDirectory, reasonOf, refuseToBind } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

describe("on OpenLDAP", { timeout: 60_000 }, () => {
  let slapd: Slapd;
  let opened: OpenedDirectory;
  before(async () => {
    slapd = await startSlapd({ usersMax: 12 });
    opened = await openDirectory([slapd]);
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await slapd[Symbol.asyncDispose]();
  });

  const states = [
    ["active", "accepted"],
    ["disabled", "account_locked"],
    ["mustChange", "password_must_change"],
    ["passwordExpired", "password_expired"],
    ["locked", "account_locked"],
    ["comma", "accepted"],
    ["unicode", "accepted"],
    ["punctuation", "accepted"],
    ["apostrophe", "accepted"],
    ["parentheses", "accepted"],
  ] as const;
  for (const [state, expected] of states) {
    test(`the right password of the account "${state}": ${expected}`, async () => {
      assert.equal(reasonOf(await opened.logIn(slapd.accounts[state], slapd.password)), expected);
    });
  }

  for (const [state, expected] of [
    ["active", "accepted"],
    ["locked", "accepted"],
    ["mustChange", "accepted"],
    ["disabled", "account_disabled"],
  ] as const) {
    test(`a session of the account "${state}": ${expected}`, async () => {
      const found = await opened.find(slapd.accounts[state]);
      const read = await opened.engine.readIdentity(found, Deadline.after(5_000));
      assert.ok(read.kind === "read");
      assert.equal(reasonOf(await opened.goOn(read.identity.subjectId)), expected);
      assert.equal(reasonOf(await opened.goOn("*")), "unknown_account");
    });
  }

  for (const name of ["EXTERNAL", "*", "*)(uid=*", "ada)(objectClass=*"]) {
    test(`a name is never syntax: ${name}`, async () => {
      assert.equal(
        reasonOf(await opened.logIn(name, slapd.password, { permitBind: refuseToBind })),
        "unknown_account",
      );
    });
  }

  test("whatever is typed as a name finds nobody but the person who has exactly that name", async () => {
    const pieces = [
      "ada",
      "*",
      "(",
      ")",
      "\\",
      "\\2a",
      "|",
      "&",
      "!",
      "=",
      "uid",
      "\0",
      "é",
      "日本",
      " ",
      "#",
      "\u{1f511}",
    ];
    const names = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 })
      .map((all) => all.join(""));
    await fc.assert(
      fc.asyncProperty(names, async (text) => {
        // RFC 4518 §2.6.1: the server leaves spaces at the ends out of account.
        fc.pre(text.trim() !== "ada");
        const found = await opened.engine.findAccount({ form: "plain", text }, Deadline.after(2_000));
        assert.equal(found.kind, "none");
      }),
      { numRuns: 300 },
    );
  });

  test("an empty password, which OpenLDAP would take for an anonymous bind, is denied unsent", async () => {
    assert.equal(reasonOf(await opened.logIn("ada", "", { permitBind: refuseToBind })), "bad_credentials");
  });

  test("the identity has a stable id, the profile and nested groups", async () => {
    const end = await opened.logIn("ada.lovelace@example.test", slapd.password);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    const { identity } = end;
    assert.match(identity.subjectId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(identity.accountName, "ada");
    assert.equal(identity.profile["title"], "Principal Engineer");
    assert.deepEqual(
      identity.groups.map(({ name }) => name),
      ["Engineers", "Technology", "Staff"],
    );
    assert.equal(identity.groupsRead, "complete");
  });

  test("groups that go round in a circle are each read once", async () => {
    const [engineers, staff] = ["Engineers", "Staff"].map((name) => `cn=${name},ou=groups,${slapd.baseDn}`);
    assert.ok(engineers !== undefined && staff !== undefined);
    await slapd.asAdministrator((client) =>
      client.modify(
        engineers,
        new Change({ operation: "add", modification: new Attribute({ type: "member", values: [staff] }) }),
      ),
    );
    await using fresh = await openDirectory([slapd]);
    const end = await fresh.logIn("ada", slapd.password);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    assert.deepEqual(
      end.identity.groups.map(({ name }) => name),
      ["Engineers", "Technology", "Staff"],
    );
  });

  test("only the groups that the settings name are told, and a person is in them through any other", async () => {
    const groups = { include: ["s*", "*EERS"], exclude: ["eng*"], below: [`OU=Groups, ${slapd.baseDn}`] };
    await using narrow = await openDirectory([slapd], { groups });
    const end = await narrow.logIn("ada", slapd.password);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    assert.deepEqual(
      end.identity.groups.map(({ name }) => name),
      ["Staff"],
    );
    assert.equal(end.identity.groupsRead, "complete");
  });

  test("where all groups are demanded, too many of them let nobody in, and say nothing of the person", async () => {
    const options = { limits: { groupsMax: 1 }, groups: { required: true } };
    await using strict = await openDirectory([slapd], options);
    assert.equal(reasonOf(await strict.logIn("ada", slapd.password)), "unavailable: groups_incomplete");
    assert.equal(reasonOf(await strict.logIn("ada", "wrong")), "bad_credentials");
    assert.equal(reasonOf(await strict.logIn("u1", slapd.password)), "accepted");
  });

  test("more groups than the limit leave the identity incomplete, and the login accepted", async () => {
    await using limited = await openDirectory([slapd], { limits: { groupsMax: 2 } });
    const end = await limited.logIn("ada", slapd.password);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    assert.equal(end.identity.groups.length, 2);
    assert.equal(end.identity.groupsRead, "incomplete");
  });

  test("each bind asks for the confirmation that its marker arrived", async () => {
    let confirm: boolean | undefined;
    await opened.logIn("u1", slapd.password, {
      permitBind(evidence) {
        confirm = evidence.confirm && evidence.marker !== undefined;
        return Promise.resolve("permitted");
      },
    });
    assert.equal(confirm, true);
  });

  test("whoever waits for the confirmation keeps nobody from the only connection", async () => {
    await using narrow = await openDirectory([slapd], { limits: { bindConnectionsMax: 1 } });
    const confirmed = Promise.withResolvers<"permitted">();
    const waiting = narrow.logIn("u4", slapd.password, { permitBind: () => confirmed.promise });
    assert.equal(reasonOf(await narrow.logIn("u5", slapd.password)), "accepted");
    confirmed.resolve("permitted");
    assert.equal(reasonOf(await waiting), "accepted");
  });

  test("what was permitted before a long wait for a connection is asked for again, and without it nothing is sent", async () => {
    const answers = ["permitted", "expired"] as const;
    let asked = 0;
    const end = await opened.logIn("u6", "wrong", {
      permitBind: () => Promise.resolve(answers[asked++] ?? "expired"),
      mayBind: false,
    });
    assert.deepEqual([end.outcome, asked], ["returned", 2]);
    assert.deepEqual(await slapd.failureTimes("u6"), []);
  });

  test("one wrong password counts once, also when it is suspected to have been sent before", async () => {
    const { controller, marker } = await opened.find("u2");
    assert.ok(marker !== undefined);
    assert.equal(reasonOf(await opened.logIn("u2", "wrong")), "bad_credentials");
    const suspicion = { controller, marker, withinMs: 900 };
    assert.equal(reasonOf(await opened.logIn("u2", "wrong", { suspicion })), "bad_credentials");
    assert.equal((await slapd.failureTimes("u2")).length, 1);
  });

  test("a failure time tells one wrong password from the next", async () => {
    await opened.logIn("u3", "wrong");
    const account = await opened.find("u3");
    const { controller, marker } = account;
    assert.ok(marker !== undefined && marker !== "0");
    const suspicion = { controller, marker, withinMs: 50 };
    const ask = () => opened.engine.checkSuspicion(account, suspicion, Deadline.after(2_000));
    assert.equal((await ask()).kind, "unmoved");
    await opened.logIn("u3", "wrong");
    assert.equal((await ask()).kind, "moved");
  });

  test("without a marker nothing was bound", async () => {
    await opened.logIn("u4", "wrong");
    const account = await opened.find("u4");
    const suspicion = { controller: account.controller, withinMs: 50 };
    const outcome = await opened.engine.checkSuspicion(account, suspicion, Deadline.after(2_000));
    assert.equal(outcome.kind, "unmoved");
  });
});
