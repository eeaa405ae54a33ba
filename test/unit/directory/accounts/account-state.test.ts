import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accountStateOf,
  judgeState,
  passwordStateOf,
} from "../../../../src/directory/accounts/account-state.ts";
import type { AccountStateForm } from "../../../../src/directory/accounts/account-state.ts";
import { DirectoryEntry } from "../../../../src/directory/ldap/entry.ts";
import { unitsAt } from "../../../../src/directory/ldap/filetime.ts";

const now = Date.UTC(2026, 10, 23);
const dayMs = 86_400_000;
const never = "9223372036854775807";

function stateOf(form: AccountStateForm, attributes: Readonly<Record<string, string>>) {
  const values = Object.entries(attributes).map(([name, value]) => [name, [Buffer.from(value)]] as const);
  return accountStateOf(new DirectoryEntry("CN=Ada", values), form, now);
}

const cases: readonly (readonly [
  what: string,
  form: AccountStateForm,
  attributes: Readonly<Record<string, string>>,
  problems: readonly string[],
])[] = [
  ["nothing is the matter", "active_directory", { userAccountControl: "512", accountExpires: never }, []],
  ["accountExpires 0 is never", "active_directory", { accountExpires: "0", pwdLastSet: "1" }, []],
  ["disabled", "active_directory", { userAccountControl: "514" }, ["account_disabled"]],
  ["locked", "active_directory", { "msDS-User-Account-Control-Computed": "16" }, ["account_locked"]],
  ["expired", "active_directory", { accountExpires: String(unitsAt(now - 1)) }, ["account_expired"]],
  ["expires later", "active_directory", { accountExpires: String(unitsAt(now + dayMs)) }, []],
  ["must change", "active_directory", { pwdLastSet: "0" }, ["password_must_change"]],
  [
    "a password that never expires need not be changed either",
    "active_directory",
    { pwdLastSet: "0", userAccountControl: String(0x200 | 0x10000) },
    [],
  ],
  [
    "password expired",
    "active_directory",
    { pwdLastSet: "1", "msDS-User-Account-Control-Computed": String(0x800000) },
    ["password_expired"],
  ],
  [
    "several, the most final first",
    "active_directory",
    { userAccountControl: "514", pwdLastSet: "0", "msDS-User-Account-Control-Computed": "16" },
    ["account_disabled", "account_locked", "password_must_change"],
  ],
  [
    "only from a workstation",
    "active_directory",
    { userWorkstations: "ENGINE-1" },
    ["workstation_restricted"],
  ],
  ["no hours at all are all hours", "active_directory", { logonHours: "" }, []],
  ["not readable", "active_directory", {}, []],
  ["locked", "password_policy", { pwdAccountLockedTime: "20260103120000Z" }, ["account_locked"]],
  [
    "locked for good",
    "password_policy",
    { pwdAccountLockedTime: "000001010000Z" },
    ["account_disabled", "account_locked"],
  ],
  ["reset", "password_policy", { pwdReset: "TRUE" }, ["password_must_change"]],
  ["not yet valid", "password_policy", { pwdStartTime: "20270101000000Z" }, ["account_disabled"]],
  ["no longer valid", "password_policy", { pwdEndTime: "20260101000000Z" }, ["account_expired"]],
  ["locked by an administrator", "389ds", { nsAccountLock: "true" }, ["account_disabled"]],
  ["password expired", "389ds", { passwordExpirationTime: "20260101000000Z" }, ["password_expired"]],
  ["principal expired", "freeipa", { krbPrincipalExpiration: "20260101000000Z" }, ["account_expired"]],
];
for (const [what, form, attributes, problems] of cases) {
  test(`${form}: ${what}`, () => {
    assert.deepEqual(stateOf(form, attributes).problems, problems);
  });
}

test("when the password expires is told as a time in UTC", () => {
  const expiry = "msDS-UserPasswordExpiryTimeComputed";
  const soon = stateOf("active_directory", { [expiry]: String(unitsAt(now + 9 * dayMs)) });
  assert.deepEqual(passwordStateOf(soon), { status: "valid", expiresAt: "2026-12-02T00:00:00.000Z" });
  assert.equal(passwordStateOf(stateOf("active_directory", { [expiry]: never })), undefined);
  assert.equal(passwordStateOf(stateOf("active_directory", { [expiry]: "0" })), undefined);
});

test("active_directory: the hour of the week, which begins on Sunday in UTC, decides", () => {
  const hours = Buffer.alloc(21);
  // 2026-11-23 is a Monday: bit 24.
  hours.writeUInt8(1, 3);
  const entry = new DirectoryEntry("CN=Ada", [["logonHours", [hours]]]);
  const hourMs = 3_600_000;
  for (const [atMs, problems] of [
    [now, []],
    [now + hourMs - 1, []],
    [now + hourMs, ["logon_hours"]],
    [now - 1, ["logon_hours"]],
    [now + 7 * dayMs, []],
  ] as const) {
    assert.deepEqual(accountStateOf(entry, "active_directory", atMs).problems, problems);
  }
});

test("an account whose flags the service account may not read is not judged", () => {
  const flags = ["userAccountControl", "msDS-User-Account-Control-Computed"];
  const entryOf = (names: readonly string[]) =>
    new DirectoryEntry(
      "CN=Ada",
      names.map((name) => [name, [Buffer.from("0")]] as const),
    );
  const unavailable = { kind: "unavailable", fault: "directory_refused" };
  assert.deepEqual(judgeState(entryOf(flags), "active_directory", now), { kind: "judged", problems: [] });
  for (const part of [flags.slice(0, 1), flags.slice(1), []]) {
    assert.deepEqual(judgeState(entryOf(part), "active_directory", now), unavailable);
  }
  assert.deepEqual(judgeState(entryOf([]), "password_policy", now), { kind: "judged", problems: [] });
});
