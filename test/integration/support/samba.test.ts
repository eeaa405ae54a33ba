import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readValues, withLdap } from "../../support/ldap-client.ts";
import type { LdapTarget } from "../../support/ldap-client.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";

describe("the Samba test directory", { timeout: 120_000 }, () => {
  let samba: Samba;
  before(async () => {
    samba = await startSamba();
  });
  after(() => samba[Symbol.asyncDispose]());

  // MS-ERREF: the sub-code of an AcceptSecurityContext error.
  const subCodes = [
    ["disabled", "533"],
    ["accountExpired", "701"],
    ["mustChange", "773"],
    ["passwordExpired", "532"],
    ["locked", "775"],
    ["logonHours", "530"],
    ["workstation", "531"],
    ["smartcard", "52e"],
  ] as const;
  for (const [state, subCode] of subCodes) {
    test(`refuses the right password of the account "${state}" with ${subCode}`, async () => {
      await assert.rejects(bind(samba, samba.accounts[state]), new RegExp(`data ${subCode},`));
    });
  }

  for (const name of ["active", "comma", "unicode", "punctuation", "apostrophe", "parentheses"] as const) {
    test(`lets the account "${name}" in, by principal name and by distinguished name`, async () => {
      await bind(samba, samba.accounts[name]);
      await withLdap(
        { ...person(samba, ""), name: samba.distinguishedName(samba.accounts[name]) },
        async () => {},
      );
    });
  }

  test("counts a wrong password once, and forgets it when told to", async () => {
    await assert.rejects(bind(samba, "user01", "wrong"), /data 52e,/);
    assert.equal(await samba.badPwdCount("user01"), 1);
    await samba.unlock("user01");
    assert.equal(await samba.badPwdCount("user01"), 0);
  });

  test("lets a locked account in again after it was unlocked", async () => {
    for (let failures = 0; failures < 3; failures += 1) await assert.rejects(bind(samba, "user02", "wrong"));
    await assert.rejects(bind(samba, "user02"), /data 775,/);
    await samba.unlock("user02");
    await bind(samba, "user02");
  });

  test("has a second controller with the same people and counters of its own", async () => {
    await using second = await startSamba({ from: samba });
    assert.notEqual(second.address, samba.address);
    assert.deepEqual(await readGuid(second), await readGuid(samba));
    await assert.rejects(bind(second, "user03", "wrong"));
    assert.deepEqual([await second.badPwdCount("user03"), await samba.badPwdCount("user03")], [1, 0]);
  });

  test("keeps its counters over a crash", async () => {
    await assert.rejects(bind(samba, "user04", "wrong"));
    await samba.kill();
    await samba.restart();
    assert.equal(await samba.badPwdCount("user04"), 1);
  });
});

function person(samba: Samba, account: string, password: string = samba.password): LdapTarget {
  return { url: samba.url, ca: samba.ca, name: `${account}@example.test`, password };
}

async function bind(samba: Samba, account: string, password?: string): Promise<void> {
  await withLdap(person(samba, account, password), async () => {});
}

function readGuid(samba: Samba): Promise<readonly string[]> {
  return samba.asAdministrator((client) => readValues(client, samba.distinguishedName("ada"), "objectGUID"));
}
