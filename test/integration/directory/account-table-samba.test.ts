/**
 * Every state of an account, every form of a name, every kind of password, on Active Directory.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Attribute } from "ldapts";
import type { Client } from "ldapts";
import { Deadline } from "../../../src/login/deadline.ts";
import { readValues } from "../../support/ldap-client.ts";
import { escapeDnValue } from "../../support/people.ts";
import { hostileNames } from "../../support/hostile-names.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { testTable } from "./account-table.ts";
import { openDirectory, reasonOf, refuseToBind } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

const expiringPassword = 0x200;

describe("the table of accounts on Active Directory", { timeout: 170_000 }, () => {
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

  testTable({
    rows: [
      { state: "active", account: "ada", right: "accepted", wrong: "bad_credentials" },
      { state: "disabled", account: "charles", right: "account_disabled", wrong: "bad_credentials" },
      { state: "account expired", account: "george", right: "account_expired", wrong: "bad_credentials" },
      { state: "must change", account: "mary", right: "password_must_change", wrong: "bad_credentials" },
      { state: "password expired", account: "blaise", right: "password_expired", wrong: "bad_credentials" },
      { state: "locked", account: "luigi", right: "account_locked", wrong: "account_locked" },
      { state: "logon hours", account: "sofia", right: "logon_hours", wrong: "bad_credentials" },
      { state: "workstation", account: "emmy", right: "workstation_restricted", wrong: "bad_credentials" },
      { state: "smart card", account: "hedy", right: "bad_credentials", wrong: "bad_credentials" },
      { state: "non-ASCII name", account: "zoë", right: "accepted", wrong: "bad_credentials" },
      { state: "active", account: "weird", right: "accepted", wrong: "bad_credentials" },
      { state: "nobody", account: "nobody", right: "unknown_account", wrong: "unknown_account" },
    ],
    forms: [
      ["bare", (account) => account],
      ["bare in capitals", (account) => account.toUpperCase()],
      ["principal name", (account) => `${account}@example.test`],
      ["principal name with the NetBIOS name", (account) => `${account}@EXAMPLE`],
      ["down-level name", (account) => `EXAMPLE\\${account}`],
      ["down-level name in small letters", (account) => `example\\${account}`],
      ["down-level name with the DNS name", (account) => `example.test\\${account}`],
    ],
    countOf: (account) => (account === "nobody" ? Promise.resolve(0) : samba.badPwdCount(account)),
    forgive: async (account) => {
      if (account !== "luigi" && account !== "nobody") await samba.unlock(account);
    },
    opened: () => opened,
    directory: () => samba,
  });

  for (const [account, problems] of Object.entries({
    ada: [],
    hedy: [],
    charles: ["account_disabled"],
    george: ["account_expired"],
    luigi: ["account_locked"],
    sofia: ["logon_hours"],
    emmy: ["workstation_restricted"],
    mary: ["password_must_change"],
    blaise: ["password_expired"],
  })) {
    test(`without a password ${account}'s account says ${problems.join() || "that nothing is the matter"}`, async () => {
      const judged = opened.engine.judge(await opened.find(account));
      assert.deepEqual(judged, { kind: "judged", problems });
    });
  }

  for (const [account, expected] of Object.entries({
    ada: "accepted",
    luigi: "accepted",
    mary: "accepted",
    blaise: "accepted",
    charles: "account_disabled",
    george: "account_expired",
    sofia: "logon_hours",
  })) {
    test(`a session of ${account}, who logged in before: ${expected}`, async () => {
      const read = await opened.engine.readIdentity(await opened.find(account), Deadline.after(5_000));
      assert.ok(read.kind === "read");
      const end = await opened.goOn(read.identity.subjectId);
      assert.equal(reasonOf(end), expected);
      if (end.outcome === "accepted") assert.deepEqual(end.identity, read.identity);
    });
  }

  test("a session of somebody who is gone", async () => {
    assert.equal(reasonOf(await opened.goOn("7b0c1d4e-0000-4000-8000-000000000001")), "unknown_account");
    assert.equal(reasonOf(await opened.goOn("*")), "unknown_account");
  });

  for (const name of hostileNames) {
    test(`somebody called «${name}» logs in by principal name and mail, and nobody else does`, async () => {
      const local = name.replaceAll(/[\s@\\]/g, ".");
      const account = `h${String(hostileNames.indexOf(name))}`;
      await samba.asAdministrator((client) =>
        addUser(client, samba, {
          cn: name,
          sAMAccountName: account,
          userPrincipalName: `${local}@corp.example`,
          mail: `${local}@mail.example`,
        }),
      );
      for (const typed of [account, `${local}@corp.example`, `${local}@mail.example`]) {
        const end = await opened.logIn(typed, samba.password);
        assert.equal(reasonOf(end), "accepted", typed);
        assert.ok(end.outcome === "accepted" && end.identity.accountName === account);
        assert.equal(reasonOf(await opened.logIn(typed, "wrong")), "bad_credentials");
        await opened.logIn(typed, samba.password);
      }
      const [count] = await samba.asAdministrator((client) =>
        readValues(client, `CN=${escapeDnValue(name)},${samba.peopleDn}`, "badPwdCount"),
      );
      assert.equal(count, "0", "a right password ends the count");
    });
  }

  test("somebody whose principal name is of another suffix also has the one that follows from the domain", async () => {
    await samba.asAdministrator((client) =>
      addUser(client, samba, { cn: "Im", sAMAccountName: "implicit", userPrincipalName: "im@corp.example" }),
    );
    for (const name of [
      "im@corp.example",
      "implicit@example.test",
      "implicit@EXAMPLE",
      "EXAMPLE\\implicit",
    ]) {
      assert.equal(reasonOf(await opened.logIn(name, samba.password)), "accepted", name);
    }
    assert.equal(
      reasonOf(await opened.logIn("implicit@corp.example", samba.password, { permitBind: refuseToBind })),
      "unknown_account",
    );
  });

  test("a mail address that two have is nobody's, and nothing is bound", async () => {
    await samba.asAdministrator(async (client) => {
      await addUser(client, samba, { cn: "Twin 1", sAMAccountName: "twin1", mail: "twins@mail.example" });
      await addUser(client, samba, { cn: "Twin 2", sAMAccountName: "twin2", mail: "twins@mail.example" });
    });
    const end = await opened.logIn("twins@mail.example", samba.password, { permitBind: refuseToBind });
    assert.equal(reasonOf(end), "ambiguous_account");
  });

  test("the settings say which attributes somebody is found by", async () => {
    await samba.asAdministrator((client) =>
      addUser(client, samba, { cn: "By Number", sAMAccountName: "bynumber", employeeID: "4711" }),
    );
    await using numbered = await openDirectory([samba], { names: { plain: ["employeeID"] } });
    assert.equal(reasonOf(await numbered.logIn("4711", samba.password)), "accepted");
    assert.equal(reasonOf(await numbered.logIn("bynumber", samba.password)), "unknown_account");
    assert.equal(reasonOf(await opened.logIn("4711", samba.password)), "unknown_account");
  });

  test("nobody outside the base can log in", async () => {
    const end = await opened.logIn("ada", samba.password);
    assert.equal(reasonOf(end), "accepted");
    await using elsewhere = await openDirectory([samba], { baseDn: `CN=Users,${samba.baseDn}` });
    assert.equal(reasonOf(await elsewhere.logIn("ada", samba.password)), "unknown_account");
  });

  describe("what is told of an accepted password", () => {
    test("one that expires says when", async () => {
      await samba.asAdministrator((client) =>
        addUser(client, samba, {
          cn: "Expiring",
          sAMAccountName: "expiring",
          userAccountControl: String(expiringPassword),
        }),
      );
      const end = await opened.logIn("expiring", samba.password);
      assert.ok(end.outcome === "accepted");
      // The domain's maximum age is 42 days.
      const days = (Date.parse(end.password?.expiresAt ?? "") - Date.now()) / 86_400_000;
      assert.ok(days > 41 && days <= 42, `${days} days`);
      assert.equal(end.password?.status, "valid");
    });

    test("one that never expires says nothing", async () => {
      const end = await opened.logIn("ada", samba.password);
      assert.ok(end.outcome === "accepted");
      assert.equal(end.password, undefined);
    });

    test("expired and to be changed are accepted where the settings say so, and only then", async () => {
      const accept = new Set(["expired", "must_change"] as const);
      await using lenient = await openDirectory([samba], { accept });
      for (const [account, status] of [
        ["blaise", "expired"],
        ["mary", "must_change"],
      ] as const) {
        const end = await lenient.logIn(account, samba.password);
        assert.ok(end.outcome === "accepted", reasonOf(end));
        assert.equal(end.password?.status, status);
        assert.equal(reasonOf(await lenient.logIn(account, "wrong")), "bad_credentials");
      }
      for (const account of ["charles", "george", "luigi", "sofia", "emmy"]) {
        assert.notEqual(reasonOf(await lenient.logIn(account, samba.password)), "accepted", account);
      }
      await using strict = await openDirectory([samba], { accept: new Set(["expired"] as const) });
      assert.equal(reasonOf(await strict.logIn("mary", samba.password)), "password_must_change");
    });
  });
});

async function addUser(
  client: Client,
  samba: Samba,
  { cn, ...more }: Readonly<Record<string, string>> & { readonly cn: string },
): Promise<void> {
  const neverExpires = 0x10200;
  const values = { objectClass: "user", userAccountControl: String(neverExpires), ...more };
  await client.add(`CN=${escapeDnValue(cn)},${samba.peopleDn}`, [
    ...Object.entries(values).map(([type, value]) => new Attribute({ type, values: [value] })),
    new Attribute({ type: "unicodePwd", values: [Buffer.from(`"${samba.password}"`, "utf16le")] }),
  ]);
}
