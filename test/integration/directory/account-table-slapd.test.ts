/**
 * Every state of an account, every form of a name, every kind of password, on OpenLDAP with its password policy.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Attribute, Change, Control } from "ldapts";
import type { Client } from "ldapts";
import { hostileNames } from "../../support/hostile-names.ts";
import { escapeDnValue } from "../../support/people.ts";
import { slapdTree } from "../../support/slapd-config.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { Slapd } from "../../support/slapd.ts";
import { testTable } from "./account-table.ts";
import { openDirectory, reasonOf } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

const dayMs = 86_400_000;

describe("the table of accounts on OpenLDAP", { timeout: 120_000 }, () => {
  let slapd: Slapd;
  let opened: OpenedDirectory;
  before(async () => {
    slapd = await startSlapd({ failuresMax: 50 });
    opened = await openDirectory([slapd]);
    await slapd.asAdministrator(async (client) => {
      await addPolicy(client, "grace", { pwdMaxAge: "60", pwdGraceAuthNLimit: "100" });
      await addPolicy(client, "warning", { pwdMaxAge: "864000", pwdExpireWarning: "864000" });
      const longAgo = generalizedTime(Date.now() - dayMs);
      await addUser(client, slapd, "grace-login", {
        pwdPolicySubentry: policyDn("grace"),
        pwdChangedTime: longAgo,
      });
      await addUser(client, slapd, "expires-soon", {
        pwdPolicySubentry: policyDn("warning"),
        pwdChangedTime: longAgo,
      });
      await addUser(client, slapd, "not-yet", { pwdStartTime: generalizedTime(Date.now() + dayMs) });
      await addUser(client, slapd, "no-longer", { pwdEndTime: longAgo });
      await addUser(client, slapd, String.raw`back\slash`, {});
    });
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await slapd[Symbol.asyncDispose]();
  });

  testTable({
    rows: [
      { state: "active", account: "ada", right: "accepted", wrong: "bad_credentials" },
      {
        state: "locked by an administrator",
        account: "charles",
        right: "account_locked",
        wrong: "account_locked",
      },
      { state: "must change", account: "mary", right: "password_must_change", wrong: "bad_credentials" },
      { state: "password expired", account: "blaise", right: "password_expired", wrong: "bad_credentials" },
      { state: "locked", account: "luigi", right: "account_locked", wrong: "account_locked" },
      { state: "not valid yet", account: "not-yet", right: "account_locked", wrong: "account_locked" },
      { state: "not valid any more", account: "no-longer", right: "account_locked", wrong: "account_locked" },
      { state: "grace login", account: "grace-login", right: "accepted", wrong: "bad_credentials" },
      { state: "expires soon", account: "expires-soon", right: "accepted", wrong: "bad_credentials" },
      { state: "non-ASCII name", account: "zoë", right: "accepted", wrong: "bad_credentials" },
      { state: "backslash", account: String.raw`back\slash`, right: "accepted", wrong: "bad_credentials" },
      { state: "nobody", account: "nobody", right: "unknown_account", wrong: "unknown_account" },
    ],
    forms: [
      ["bare", (account) => account],
      ["in capitals", (account) => account.toUpperCase()],
    ],
    countOf: async (account) => (account === "nobody" ? 0 : (await slapd.failureTimes(account)).length),
    forgive: async () => {},
    opened: () => opened,
    directory: () => slapd,
  });

  test("a mail address is a name too", async () => {
    assert.equal(reasonOf(await opened.logIn("ada.lovelace@example.test", slapd.password)), "accepted");
    assert.equal(reasonOf(await opened.logIn("ada@example.test", slapd.password)), "unknown_account");
  });

  for (const name of hostileNames) {
    test(`somebody called «${name}» logs in`, async () => {
      await slapd.asAdministrator((client) => addUser(client, slapd, name, {}));
      const end = await opened.logIn(name, slapd.password);
      assert.ok(end.outcome === "accepted", reasonOf(end));
      assert.equal(end.identity.accountName, name);
      assert.equal(reasonOf(await opened.logIn(name, "wrong")), "bad_credentials");
      assert.equal((await slapd.failureTimes(name)).length, 1);
    });
  }

  test("a grace login is accepted, and said to be one", async () => {
    const end = await opened.logIn("grace-login", slapd.password);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    assert.deepEqual(end.password, { status: "expired" });
  });

  test("a password that expires soon says when", async () => {
    const end = await opened.logIn("expires-soon", slapd.password);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    const days = (Date.parse(end.password?.expiresAt ?? "") - Date.now()) / dayMs;
    assert.ok(days > 8 && days <= 9, `${days} days`);
  });

  test("expired and to be changed are accepted where the settings say so, and never with a wrong password", async () => {
    const accept = new Set(["expired", "must_change"] as const);
    await using lenient = await openDirectory([slapd], { accept });
    for (const [account, status] of [
      ["blaise", "expired"],
      ["mary", "must_change"],
    ] as const) {
      const end = await lenient.logIn(account, slapd.password);
      assert.ok(end.outcome === "accepted", reasonOf(end));
      assert.equal(end.password?.status, status);
      assert.equal(reasonOf(await lenient.logIn(account, "wrong")), "bad_credentials");
    }
    assert.equal(reasonOf(await lenient.logIn("luigi", slapd.password)), "account_locked");
  });
});

/** Lets the directory take attributes that it otherwise keeps to itself. @see draft-zeilenga-ldap-relax */
class RelaxRules extends Control {
  constructor() {
    super("1.3.6.1.4.1.4203.666.5.12", { critical: true });
  }
}

async function addUser(
  client: Client,
  slapd: Slapd,
  uid: string,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const values = { objectClass: "inetOrgPerson", cn: uid, sn: uid, userPassword: slapd.password, ...more };
  await client.add(
    `uid=${escapeDnValue(uid)},${slapdTree.people}`,
    Object.entries(values).map(([type, value]) => new Attribute({ type, values: [value] })),
    new RelaxRules(),
  );
  if (more["pwdChangedTime"] !== undefined) {
    const modification = new Attribute({ type: "pwdChangedTime", values: [more["pwdChangedTime"]] });
    const change = new Change({ operation: "replace", modification });
    await client.modify(`uid=${escapeDnValue(uid)},${slapdTree.people}`, change, new RelaxRules());
  }
}

function policyDn(name: string): string {
  return `cn=${name},${slapdTree.policies}`;
}

async function addPolicy(
  client: Client,
  name: string,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  await client.add(policyDn(name), {
    objectClass: ["device", "pwdPolicy"],
    pwdAttribute: "userPassword",
    ...more,
  });
}

/** `20260131…Z` as LDAP writes it. @see RFC 4517 §3.3.13 */
function generalizedTime(ms: number): string {
  return `${new Date(ms).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`;
}
