import assert from "node:assert/strict";
import { test } from "node:test";
import { accountFilters } from "../../../../src/directory/accounts/account.ts";
import type { AccountFilter } from "../../../../src/directory/accounts/account.ts";
import { presets } from "../../../../src/directory/preset.ts";
import type { NameAttributes } from "../../../../src/directory/preset.ts";
import { parseAccountName } from "../../../../src/login/account-name.ts";

/** The last comparison of each filter: the one with the name. */
function comparisons(text: string, names?: NameAttributes): readonly string[] {
  const parsed = parseAccountName(text);
  assert.ok(parsed.ok);
  const preset = presets["active-directory"];
  const naming = {
    preset: { ...preset, names: names ?? preset.names },
    implicitSuffixes: new Set(["example.test", "example"]),
  };
  return accountFilters(parsed.name, naming).map(describe);
}

function describe({ filter, suffix }: AccountFilter): string {
  const last = filter.kind === "and" ? filter.all.at(-1) : filter;
  assert.ok(last?.kind === "equals");
  return `${last.attribute}=${String(last.value)}${suffix === undefined ? "" : ` in ${suffix}`}`;
}

test("a bare name is a sAMAccountName, kept as it was typed", () => {
  assert.deepEqual(comparisons("o'Neill*("), ["sAMAccountName=o'Neill*("]);
});

test("user@domain is a written principal name first, then the one that follows from the domain, then a mail address", () => {
  assert.deepEqual(comparisons("ada@Example.test"), [
    "userPrincipalName=ada@Example.test",
    "sAMAccountName=ada in example.test",
    "mail=ada@Example.test",
  ]);
  assert.deepEqual(comparisons("ada@EXAMPLE")[1], "sAMAccountName=ada in example");
});

test("a suffix that is no domain's makes no implicit name", () => {
  assert.deepEqual(comparisons("ada@corp.example"), [
    "userPrincipalName=ada@corp.example",
    "mail=ada@corp.example",
  ]);
});

test("the settings say which attributes a name is compared with", () => {
  const names = { plain: ["employeeNumber", "sAMAccountName"], principal: ["mail"] };
  assert.deepEqual(comparisons("4711", names), ["employeeNumber=4711", "sAMAccountName=4711"]);
  assert.deepEqual(comparisons("ada@corp.example", names), ["mail=ada@corp.example"]);
});

test("the user of DOMAIN\\user is a sAMAccountName", () => {
  assert.deepEqual(comparisons("example\\ada"), ["sAMAccountName=ada"]);
});

test("a NUL, where some servers end a value, matches nobody", () => {
  const name = { form: "plain", text: "ada\0bert" } as const;
  const naming = { preset: presets["active-directory"], implicitSuffixes: new Set<string>() };
  assert.deepEqual(accountFilters(name, naming), []);
});
