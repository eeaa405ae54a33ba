/**
 * `drawbridge profile`: what a login would tell, without a login.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runCli } from "../../support/run-cli.ts";
import type { CliResult } from "../../support/run-cli.ts";
import type { LabDirectory } from "../../support/lab-directory.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { Slapd } from "../../support/slapd.ts";

const mapping = {
  name: { template: "{givenName} {sn}" },
  mail: "mail",
  place: { attribute: "dn", pick: "OU", index: "all", multiple: true },
  phone: { attribute: "telephoneNumber", multiple: true },
  badge: { attribute: "title", type: "integer" },
  source: { constant: "head office" },
};

describe("drawbridge profile", { timeout: 90_000 }, () => {
  let samba: Samba;
  let slapd: Slapd;
  let scratch: Scratch;
  let configFile: string;
  before(async () => {
    samba = await startSamba();
    slapd = await startSlapd();
    scratch = await createScratch("profile");
    const section = (lab: LabDirectory) => ({
      // The command needs none of the keys that logins need.
      identityKeyFile: "none",
      gatewayKeyFiles: ["none"],
      directory: {
        preset: lab.preset,
        controllers: [lab.url],
        caFile: lab.caFile,
        baseDn: lab.baseDn,
        serviceAccount: { name: lab.serviceAccount.name, passwordFile: lab.serviceAccount.passwordFile },
        profile: mapping,
      },
    });
    const settings = {
      nats: { servers: ["tls://nats.example.test:4222"] },
      connector: { connections: { corp: section(samba), branch: section(slapd) } },
    };
    configFile = await scratch.write("connector.yaml", JSON.stringify(settings));
  });
  after(async () => {
    await scratch[Symbol.asyncDispose]();
    await slapd[Symbol.asyncDispose]();
    await samba[Symbol.asyncDispose]();
  });

  function profile(...args: readonly string[]): Promise<CliResult> {
    return runCli(["profile", "--config", configFile, ...args]);
  }

  test("a person of Active Directory, as JSON", async () => {
    const { code, stdout, stderr } = await profile("--connection", "corp", "--json", "ada@example.test");
    assert.equal(code, 0, stderr);
    const { identity, controller, withoutValue } = JSON.parse(stdout);
    assert.deepEqual(identity.profile, {
      name: "Ada Lovelace",
      mail: "ada.lovelace@example.test",
      place: ["People"],
      source: "head office",
    });
    assert.deepEqual(withoutValue, {
      phone: "telephoneNumber has no value",
      badge: "title has a value of another type",
    });
    assert.equal(identity.accountName, "ada");
    assert.equal(identity.groupsRead, "complete");
    const names = identity.groups.map((group: { readonly name: string }) => group.name);
    for (const name of ["Domain Users", "Engineers", "Staff", "Technology"])
      assert.ok(names.includes(name), name);
    assert.equal(controller, `${samba.address}:636`);
  });

  test("a person of OpenLDAP, for people to read", async () => {
    const { code, stdout, stderr } = await profile("--connection", "branch", "ada");
    assert.equal(code, 0, stderr);
    for (const line of [
      /^account +ada$/m,
      /^distinguished name +uid=ada,ou=people,dc=example,dc=test$/m,
      /^ {2}name +Ada Lovelace$/m,
      /^ {2}phone +- \(telephoneNumber has no value\)$/m,
      /^ {2}badge +- \(title has a value of another type\)$/m,
      /^Groups: 3, complete$/m,
      /^ {2}Engineers +cn=Engineers,/m,
    ]) {
      assert.match(stdout, line);
    }
  });

  test("somebody who is not there, several with one name, and a wrong command line have exit codes of their own", async () => {
    const nobody = await profile("--connection", "corp", "nobody");
    assert.deepEqual([nobody.code, nobody.stdout], [67, ""]);
    assert.match(nobody.stderr, /nobody has this name/);
    const which = await profile("ada");
    assert.equal(which.code, 64);
    assert.match(which.stderr, /--connection is missing \(known: corp, branch\)/);
    const elsewhere = await profile("--connection", "moon", "ada");
    assert.equal(elsewhere.code, 64);
    const several = await profile("--connection", "branch", "o'neill");
    assert.equal(several.code, 0);
  });

  test("a name that two people have is told apart from nobody", async () => {
    await slapd.asAdministrator(async (client) => {
      for (const account of ["twin1", "twin2"]) {
        await client.add(`uid=${account},${slapd.peopleDn}`, {
          objectClass: "inetOrgPerson",
          cn: account,
          sn: account,
          mail: "twin@example.test",
        });
      }
    });
    const { code, stderr } = await profile("--connection", "branch", "twin@example.test");
    assert.equal(code, 65);
    assert.match(stderr, /several people have this name/);
  });

  test("controllers that do not answer are named, with why", async () => {
    await slapd.kill();
    const { code, stderr } = await profile("--connection", "branch", "ada");
    await slapd.restart();
    assert.equal(code, 75);
    assert.match(stderr, new RegExp(`no controller answers: ${slapd.address}:636 nobody_listens`));
  });
});
