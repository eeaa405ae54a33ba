/**
 * How near real accounts are to being locked, as an ordinary service account may read it.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Attribute, Change } from "ldapts";
import { createAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import type { Standing } from "../../../src/login/standing.ts";
import { lockoutThreshold } from "../../support/samba-seed.ts";
import { startSamba } from "../../support/samba.ts";
import { slapdTree } from "../../support/slapd-config.ts";
import { startSlapd } from "../../support/slapd.ts";
import { openDirectory, parsedName } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

async function standingOf({ engine }: OpenedDirectory, name: string): Promise<Standing> {
  const connection = "corp";
  assert.ok(isConnectionName(connection));
  const end = await engine.perform(
    { id: createAttemptId(randomBytes), connection, method: "account.find", accountName: parsedName(name) },
    {
      deadline: Deadline.after(8_000),
      report: () => undefined,
      aside: (work) => work,
      permitBind: () => assert.fail("nothing may be bound"),
      mayBind: false,
    },
  );
  assert.ok(end.outcome === "done" && end.result.kind === "standing", JSON.stringify(end));
  return end.result.standing;
}

test("Active Directory tells the domain's lockout, the failures, and one account for all spellings", async () => {
  await using samba = await startSamba();
  await using opened = await openDirectory([samba]);
  const before = await standingOf(opened, "ada");
  assert.deepEqual(before.failures, 0);
  assert.equal(before.lockout?.threshold, lockoutThreshold);
  await opened.logIn("ada", "not the password");
  const after = await standingOf(opened, "EXAMPLE\\ADA");
  assert.equal(after.failures, 1);
  assert.equal(after.account, before.account);
  assert.equal(after.passwordTime, before.passwordTime);
  assert.match(after.passwordTime, /^\d{18}$/);
  assert.equal((await standingOf(opened, "ada@example.test")).account, before.account);
  assert.notEqual((await standingOf(opened, "grace")).account, before.account);
  assert.doesNotMatch(before.account, /ada/i);
});

test("a name that nobody has gets a standing too, the same for all its forms", async () => {
  await using samba = await startSamba();
  await using opened = await openDirectory([samba]);
  const [plain, downLevel] = [
    await standingOf(opened, "nobody"),
    await standingOf(opened, "EXAMPLE\\Nobody"),
  ];
  assert.deepEqual(downLevel, plain);
  assert.equal(plain.lockout?.threshold, lockoutThreshold);
  assert.notEqual((await standingOf(opened, "somebody")).account, plain.account);
});

test("OpenLDAP tells the failures, and the policy that an entry names", async () => {
  await using slapd = await startSlapd();
  await using opened = await openDirectory([slapd]);
  await opened.logIn("ada", "not the password");
  const standing = await standingOf(opened, "ada");
  assert.equal(standing.failures, 1);
  assert.equal(standing.lockout, undefined, "the default policy stands in the server's own configuration");
  await using told = await openDirectory([slapd], { lockoutPolicy: slapdTree.policy });
  assert.ok(((await standingOf(told, "ada")).lockout?.threshold ?? 0) > 1);
  const modification = new Attribute({ type: "pwdPolicySubentry", values: [slapdTree.policy] });
  await slapd.asAdministrator((client) =>
    client.modify(slapd.distinguishedName("ada"), new Change({ operation: "add", modification })),
  );
  assert.ok(((await standingOf(opened, "ada")).lockout?.threshold ?? 0) > 1);
});
