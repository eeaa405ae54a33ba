import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readValues, withLdap } from "../../support/ldap-client.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { Slapd } from "../../support/slapd.ts";

describe("the OpenLDAP test directory", { timeout: 60_000 }, () => {
  let slapd: Slapd;
  before(async () => {
    slapd = await startSlapd({ usersMax: 4 });
  });
  after(() => slapd[Symbol.asyncDispose]());

  for (const account of ["ada", "mary", "zoë", "o'neill", "pat(ops)", "u4"]) {
    test(`lets ${account} in`, () => bind(slapd, account));
  }

  for (const state of ["disabled", "locked", "passwordExpired"] as const) {
    test(`refuses the right password of the account "${state}"`, async () => {
      await assert.rejects(bind(slapd, slapd.accounts[state]), { code: 49 });
    });
  }

  test("keeps the time of each wrong password, where the service account can read it", async () => {
    await assert.rejects(bind(slapd, "u1", "wrong"));
    await assert.rejects(bind(slapd, "u1", "wrong"));
    const times = await slapd.failureTimes("u1");
    assert.equal(times.length, 2);
    const read = await withLdap({ url: slapd.url, ca: slapd.ca, ...slapd.serviceAccount }, (client) =>
      readValues(client, slapd.distinguishedName("u1"), "pwdFailureTime"),
    );
    assert.deepEqual(read.toSorted(), times);
  });

  test("locks after three wrong passwords, until unlocked", async () => {
    for (let failures = 0; failures < 3; failures += 1) await assert.rejects(bind(slapd, "u2", "wrong"));
    await assert.rejects(bind(slapd, "u2"));
    await slapd.unlock("u2");
    await bind(slapd, "u2");
    assert.deepEqual(await slapd.failureTimes("u2"), []);
  });

  test("takes no password in clear", async () => {
    const clear = { url: slapd.startTlsUrl, ca: slapd.ca, ...slapd.serviceAccount };
    await assert.rejects(withLdap(clear, async () => {}));
  });
});

async function bind(slapd: Slapd, account: string, password: string = slapd.password): Promise<void> {
  const name = slapd.distinguishedName(account);
  await withLdap({ url: slapd.url, ca: slapd.ca, name, password }, async () => {});
}
