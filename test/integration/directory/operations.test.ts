/**
 * New passwords and lists of people and groups, against real directories: what is done, what is refused and why, and what it counted.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Attribute, Change } from "ldapts";
import { createAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { operationMethods } from "../../../src/login/operation.ts";
import type { Operation } from "../../../src/login/operation.ts";
import type { OperatorEnd, VerifierContext } from "../../../src/login/ports.ts";
import { Secret } from "../../../src/login/secret.ts";
import type { LabDirectory } from "../../support/lab-directory.ts";
import { example } from "../../support/samba-config.ts";
import { startSamba } from "../../support/samba.ts";
import { startSlapd } from "../../support/slapd.ts";
import { openDirectory, parsedName, reasonOf } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

const connection = "corp";
assert.ok(isConnectionName(connection));
const asked = () => ({ id: createAttemptId(randomBytes), connection }) as const;

function change(name: string, oldPassword: string, newPassword: string): Operation {
  return {
    ...asked(),
    method: "password.change",
    accountName: parsedName(name),
    oldPassword: new Secret(oldPassword),
    newPassword: new Secret(newPassword),
  };
}

function reset(
  name: string,
  newPassword: string,
  options: { mustChange?: boolean; unlock?: boolean } = {},
): Operation {
  const { mustChange = false, unlock = false } = options;
  return {
    ...asked(),
    method: "password.reset",
    accountName: parsedName(name),
    newPassword: new Secret(newPassword),
    mustChange,
    unlock,
  };
}

function list(
  method: "users.search" | "groups.list",
  text: string,
  pageSize = 50,
  cursor?: string,
): Operation {
  return { ...asked(), method, text, pageSize, ...(cursor === undefined ? {} : { cursor }) };
}

function perform(
  { engine }: OpenedDirectory,
  operation: Operation,
  context: Partial<VerifierContext> = {},
): Promise<OperatorEnd> {
  return engine.perform(operation, {
    deadline: Deadline.after(8_000),
    report: () => undefined,
    permitBind: () => Promise.resolve("permitted"),
    mayBind: true,
    aside: (work) => work,
    ...context,
  });
}

function outcomeOf(end: OperatorEnd): string {
  switch (end.outcome) {
    case "done":
      return end.result.kind;
    case "refused":
      return end.reason;
    case "unavailable":
      return `unavailable: ${end.fault}`;
    case "returned":
      return `returned: ${end.why}`;
  }
}

/** Every name on every page, and how many pages there were. */
async function readAll(
  opened: OpenedDirectory,
  method: "users.search" | "groups.list",
  text: string,
  pageSize: number,
): Promise<{ readonly names: readonly string[]; readonly pages: number; readonly truncated: boolean }> {
  const names: string[] = [];
  let cursor: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const end = await perform(opened, list(method, text, pageSize, cursor));
    assert.ok(end.outcome === "done" && "truncated" in end.result, outcomeOf(end));
    const { result } = end;
    names.push(
      ...(result.kind === "people"
        ? result.people.map(({ accountName }) => accountName)
        : result.groups.map(({ name }) => name)),
    );
    cursor = result.cursor;
    if (cursor === undefined) return { names, pages, truncated: result.truncated };
  }
}

const all = new Set(operationMethods);
const nonAscii = "Schlüssel-größe-日本-7";

describe("on Active Directory", () => {
  let samba: LabDirectory;
  let opened: OpenedDirectory;
  before(async () => {
    samba = await startSamba();
    opened = await openDirectory([samba], { operations: all });
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await samba[Symbol.asyncDispose]();
  });

  for (const [state, account] of [
    ["normal", "user01"],
    ["must change", "mary"],
    ["expired", "blaise"],
  ] as const) {
    test(`a password with non-ASCII characters, ${state} account: changed, then logged in with`, async () => {
      assert.equal(
        outcomeOf(await perform(opened, change(account, samba.password, nonAscii))),
        "password_set",
      );
      assert.equal((await opened.logIn(account, nonAscii)).outcome, "accepted");
      const again = await perform(opened, change(account, samba.password, "Another-Passw0rd-9"));
      assert.equal(outcomeOf(again), "wrong_old_password");
    });
  }

  test("a wrong old password is told from a weak and a used new one, and counts once", async () => {
    const counted = async () => Number((await readAttribute(samba, "user02", "badPwdCount"))[0] ?? 0);
    const earlier = await counted();
    assert.equal(
      outcomeOf(await perform(opened, change("user02", "Not-the-0ld-one", "Another-Passw0rd-9"))),
      "wrong_old_password",
    );
    assert.equal((await counted()) - earlier, 1);
    assert.equal(outcomeOf(await perform(opened, change("user02", samba.password, "short"))), "too_weak");
    assert.equal(
      outcomeOf(await perform(opened, change("user02", samba.password, "alllowercase"))),
      "too_weak",
    );
    assert.equal(
      outcomeOf(await perform(opened, change("user02", samba.password, "Another-Passw0rd-9"))),
      "password_set",
    );
    assert.equal(
      outcomeOf(await perform(opened, change("user02", "Another-Passw0rd-9", samba.password))),
      "in_history",
    );
  });

  test("a password that was changed a moment ago is too young to be changed again", async () => {
    await setDomainPolicy(samba, "minPwdAge", String(-86_400 * 10_000_000));
    try {
      assert.equal(outcomeOf(await perform(opened, reset("user03", "Another-Passw0rd-9"))), "not_permitted");
      assert.equal(
        outcomeOf(await perform(opened, change("user03", samba.password, "Another-Passw0rd-9"))),
        "too_young",
      );
    } finally {
      await setDomainPolicy(samba, "minPwdAge", "0");
    }
  });

  test("who is locked, disabled or unknown is refused with that reason", async () => {
    const refusals = await Promise.all(
      ["luigi", "charles", "nobody"].map(async (account) =>
        outcomeOf(await perform(opened, change(account, samba.password, "Another-Passw0rd-9"))),
      ),
    );
    assert.deepEqual(refusals, ["account_locked", "account_disabled", "unknown_account"]);
  });

  test("a reset needs to be offered, and the right to it; then it also unlocks and demands a change", async () => {
    await using closed = await openDirectory([samba]);
    assert.equal(outcomeOf(await perform(closed, reset("user04", "Another-Passw0rd-9"))), "not_offered");
    assert.equal(outcomeOf(await perform(opened, reset("user04", "Another-Passw0rd-9"))), "not_permitted");

    const { name, password } = example.administrator;
    await using able = await openDirectory([samba], {
      operations: all,
      serviceAccount: { name, password: new Secret(password) },
    });
    assert.equal(outcomeOf(await perform(able, reset("luigi", "weak"))), "too_weak");
    assert.equal(reasonOf(await opened.logIn("luigi", samba.password)), "account_locked");
    const unlocked = await perform(able, reset("luigi", "Another-Passw0rd-9", { unlock: true }));
    assert.equal(outcomeOf(unlocked), "password_set");
    assert.equal(reasonOf(await opened.logIn("luigi", "Another-Passw0rd-9")), "accepted");
    const demanding = await perform(able, reset("mary", "Third-Passw0rd-9", { mustChange: true }));
    assert.equal(outcomeOf(demanding), "password_set");
    assert.equal(reasonOf(await opened.logIn("mary", "Third-Passw0rd-9")), "password_must_change");
  });

  test("a write whose answer never came is found by the time of the password, and never sent again", async () => {
    const account = await opened.find("user05");
    const earlier = (await readAttribute(samba, "user05", "pwdLastSet"))[0] ?? "";
    assert.equal(
      outcomeOf(await perform(opened, change("user05", samba.password, "Another-Passw0rd-9"))),
      "password_set",
    );
    const suspected = (marker: string) => ({
      suspicion: { controller: account.controller, marker: marker as never, withinMs: 500 },
      permitBind: () => Promise.reject(new Error("nothing may be written")),
    });
    const arrived = await perform(
      opened,
      change("user05", samba.password, "Another-Passw0rd-9"),
      suspected(earlier),
    );
    assert.equal(outcomeOf(arrived), "password_set");
    const now = (await readAttribute(samba, "user05", "pwdLastSet"))[0] ?? "";
    const unclear = await perform(
      opened,
      change("user05", samba.password, "Third-Passw0rd-9"),
      suspected(now),
    );
    assert.equal(outcomeOf(unclear), "unavailable: change_unresolved");
  });

  test("nothing is written once the window of the grant has passed", async () => {
    const expired = { permitBind: () => Promise.resolve("expired" as const) };
    const end = await perform(opened, change("user06", samba.password, "Another-Passw0rd-9"), expired);
    assert.equal(outcomeOf(end), "returned: expired");
    assert.equal((await opened.logIn("user06", samba.password)).outcome, "accepted");
  });

  test("people are found by the beginning of their names, page by page, each once", async () => {
    const { names, pages } = await readAll(opened, "users.search", "user", 7);
    assert.deepEqual(
      names,
      Array.from({ length: 20 }, (_, n) => `user${String(n + 1).padStart(2, "0")}`),
    );
    assert.equal(pages, 3);
    assert.deepEqual((await readAll(opened, "users.search", "lovel", 50)).names, ["ada"]);
    assert.deepEqual((await readAll(opened, "users.search", "*", 50)).names, []);
    assert.equal(outcomeOf(await perform(opened, list("users.search", "", 5, "$$$"))), "bad_cursor");
  });

  test("groups are listed with their identifiers", async () => {
    const end = await perform(opened, list("groups.list", "engin"));
    assert.ok(end.outcome === "done" && end.result.kind === "groups", outcomeOf(end));
    assert.deepEqual(
      end.result.groups.map(({ name }) => name),
      ["Engineers"],
    );
    assert.match(end.result.groups[0]?.sid ?? "", /^S-1-5-21-/);
    assert.ok((await readAll(opened, "groups.list", "", 9)).names.includes("Domain Admins"));
  });
});

describe("on OpenLDAP", () => {
  const usersMax = 600;
  let slapd: LabDirectory;
  let opened: OpenedDirectory;
  before(async () => {
    slapd = await startSlapd({ usersMax });
    opened = await openDirectory([slapd], { operations: all });
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await slapd[Symbol.asyncDispose]();
  });

  for (const [state, account] of [
    ["normal", "u1"],
    ["must change", "mary"],
  ] as const) {
    test(`a password with non-ASCII characters, ${state} account: changed, then logged in with`, async () => {
      assert.equal(
        outcomeOf(await perform(opened, change(account, slapd.password, nonAscii))),
        "password_set",
      );
      assert.equal((await opened.logIn(account, nonAscii)).outcome, "accepted");
    });
  }

  test("a wrong old password is told from a weak and a used new one, and counts once", async () => {
    const counted = async () => (await readAttribute(slapd, "u2", "pwdFailureTime")).length;
    const wrong = await perform(opened, change("u2", "Not-the-0ld-one", "Another-Passw0rd-9"));
    assert.equal(outcomeOf(wrong), "wrong_old_password");
    assert.equal(await counted(), 1);
    assert.equal(outcomeOf(await perform(opened, change("u2", slapd.password, "short"))), "too_weak");
    assert.equal(
      outcomeOf(await perform(opened, change("u2", slapd.password, "Another-Passw0rd-9"))),
      "password_set",
    );
    assert.equal(
      outcomeOf(await perform(opened, change("u2", "Another-Passw0rd-9", slapd.password))),
      "in_history",
    );
  });

  test("a service account without the right to it sets nobody's password", async () => {
    assert.equal(outcomeOf(await perform(opened, reset("u3", "Another-Passw0rd-9"))), "not_permitted");
    assert.equal((await opened.logIn("u3", slapd.password)).outcome, "accepted");
  });

  test("more people than one answer may hold are all listed, each once", async () => {
    const { names, truncated } = await readAll(opened, "users.search", "u", 200);
    assert.equal(names.filter((name) => /^u\d+$/.test(name)).length, usersMax);
    assert.equal(new Set(names).size, names.length);
    assert.equal(truncated, false);
  });

  test("where the server itself lists no more, what there is of it is listed and said to be cut", async () => {
    await using narrow = await startSlapd({ usersMax, listedMax: 500 });
    await using narrowly = await openDirectory([narrow], { operations: all });
    const { names, truncated } = await readAll(narrowly, "users.search", "u", 200);
    assert.equal(names.length, 500);
    assert.equal(truncated, true);
  });
});

function readAttribute(
  directory: LabDirectory,
  account: string,
  attribute: string,
): Promise<readonly string[]> {
  return directory.asAdministrator(async (client) => {
    const { searchEntries } = await client.search(directory.distinguishedName(account), {
      scope: "base",
      attributes: [attribute],
    });
    const value = searchEntries[0]?.[attribute] ?? [];
    return (Array.isArray(value) ? value : [value]).map(String);
  });
}

async function setDomainPolicy(samba: LabDirectory, attribute: string, value: string): Promise<void> {
  const modification = new Attribute({ type: attribute, values: [value] });
  await samba.asAdministrator((client) =>
    client.modify(samba.baseDn, new Change({ operation: "replace", modification })),
  );
}
