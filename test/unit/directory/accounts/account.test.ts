import assert from "node:assert/strict";
import { test } from "node:test";
import { accountFilters } from "../../../../src/directory/accounts/account.ts";
import type { LdapFilter } from "../../../../src/directory/ldap/filter.ts";
import { presets } from "../../../../src/directory/preset.ts";
import { parseAccountName } from "../../../../src/login/account-name.ts";

/** The last comparison of each filter: the one with the name. */
function comparisons(text: string, domain?: string): readonly string[] {
  const parsed = parseAccountName(text);
  assert.ok(parsed.ok);
  return accountFilters(parsed.name, presets["active-directory"], domain).map((filter) => {
    const last = filter.kind === "and" ? filter.all.at(-1) : filter;
    return describe(last);
  });
}

function describe(filter: LdapFilter | undefined): string {
  assert.ok(filter?.kind === "equals");
  return `${filter.attribute}=${String(filter.value)}`;
}

test("a bare name is a sAMAccountName, kept as it was typed", () => {
  assert.deepEqual(comparisons("o'Neill*("), ["sAMAccountName=o'Neill*("]);
});

test("user@suffix is a principal name first, and a mail address only if nobody has that", () => {
  assert.deepEqual(comparisons("ada@example.test"), [
    "userPrincipalName=ada@example.test",
    "mail=ada@example.test",
  ]);
});

test("DOMAIN\\user is somebody only in the configured domain", () => {
  assert.deepEqual(comparisons("example\\ada", "EXAMPLE"), ["sAMAccountName=ada"]);
  assert.deepEqual(comparisons("OTHER\\ada", "EXAMPLE"), []);
  assert.deepEqual(comparisons("EXAMPLE\\ada"), []);
});

test("a NUL, where some servers end a value, matches nobody", () => {
  const name = { form: "plain", text: "ada\0bert" } as const;
  assert.deepEqual(accountFilters(name, presets["active-directory"]), []);
});
