/**
 * What the bench compares us with logs people in, all of it, and nobody with a wrong password.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startDriver } from "../../bench/driver.ts";
import type { Driver, DriverName, DriverOptions } from "../../bench/driver.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";

const users = 8;
/** At least one login for each in flight begins, however slow the machine is. */
const load = { inFlight: 4, ms: 100 };

describe("a driver of the bench", { timeout: 120_000 }, () => {
  let slapd: Slapd;
  before(async () => {
    slapd = await startSlapd({ usersMax: users, failuresMax: 10_000 });
  });
  after(() => slapd[Symbol.asyncDispose]());

  function start(name: DriverName, options: Partial<DriverOptions>): Promise<Driver> {
    const { url, ca, baseDn, serviceAccount: service, password } = slapd;
    return startDriver(name, { url, ca, baseDn, service, password, users, pool: 2, ...options });
  }

  for (const [name, options] of [
    ["bare-loop", {}],
    ["turn-taking", { turns: "logins" }],
    ["turn-taking", { turns: "binds" }],
    ["passport-ldapauth", {}],
    ["ldap-authentication", {}],
  ] as const) {
    const what = `${name} ${JSON.stringify(options)}`;
    test(`${what} accepts right passwords`, async () => {
      await using driver = await start(name, options);
      const measured = await driver.run(load);
      assert.deepEqual([measured.failed, measured.complaints], [0, []]);
      assert.ok(measured.logins >= load.inFlight);
    });

    test(`${what} accepts no wrong one`, async () => {
      await using driver = await start(name, { ...options, password: "wrong" });
      const measured = await driver.run(load);
      assert.equal(measured.logins, 0);
      assert.ok(measured.failed >= load.inFlight);
    });
  }
});
