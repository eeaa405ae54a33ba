import assert from "node:assert/strict";
import { test } from "node:test";
import { failuresOf, lockoutAttributes, policyOf } from "../../../../src/directory/accounts/lockout.ts";
import { DirectoryEntry } from "../../../../src/directory/ldap/entry.ts";
import { presets } from "../../../../src/directory/preset.ts";

const nowMs = Date.parse("2026-11-25T10:00:00Z");
const active = presets["active-directory"];
const openldap = presets.openldap;

function entry(values: Readonly<Record<string, string | readonly string[]>>): DirectoryEntry {
  return new DirectoryEntry(
    "CN=ada",
    Object.entries(values).map(
      ([name, value]) => [name, [value].flat().map((text) => Buffer.from(text))] as const,
    ),
  );
}

function filetime(ms: number): string {
  return String((BigInt(ms) + 11_644_473_600_000n) * 10_000n);
}

test("Active Directory's policies, a domain's and a fine-grained one", () => {
  const { domainPolicy, ownPolicy } = lockoutAttributes(active);
  assert.ok(domainPolicy !== undefined && ownPolicy !== undefined);
  assert.deepEqual(
    policyOf(entry({ lockoutThreshold: "5", lockOutObservationWindow: "-18000000000" }), domainPolicy),
    { threshold: 5, windowMs: 1_800_000 },
  );
  assert.deepEqual(
    policyOf(
      entry({ "msDS-LockoutThreshold": "3", "msDS-LockoutObservationWindow": "-600000000" }),
      ownPolicy,
    ),
    { threshold: 3, windowMs: 60_000 },
  );
  assert.equal(policyOf(entry({ lockoutThreshold: "0" }), domainPolicy), undefined, "never locks");
  assert.equal(policyOf(entry({}), domainPolicy), undefined, "may not be read");
  assert.deepEqual(
    policyOf(
      entry({ lockoutThreshold: "5", lockOutObservationWindow: "-9223372036854775808" }),
      domainPolicy,
    ),
    { threshold: 5, windowMs: 0 },
  );
});

test("a count that the observation window has passed over is forgotten, but not by a clock's difference", () => {
  const policy = { threshold: 5, windowMs: 1_800_000 };
  const failed = (agoMs: number) =>
    failuresOf(entry({ badPwdCount: "4", badPasswordTime: filetime(nowMs - agoMs) }), active, policy, nowMs);
  assert.equal(failed(60_000), 4);
  assert.equal(failed(1_900_000), 4);
  assert.equal(failed(2_200_000), 0);
  assert.equal(failuresOf(entry({ badPwdCount: "4" }), active, policy, nowMs), 4);
  assert.equal(failuresOf(entry({}), active, policy, nowMs), 0);
});

test("ppolicy keeps a time for each wrong password", () => {
  const { ownPolicy } = lockoutAttributes(openldap);
  assert.ok(ownPolicy !== undefined);
  const policy = policyOf(entry({ pwdMaxFailure: "5", pwdFailureCountInterval: "600" }), ownPolicy);
  assert.deepEqual(policy, { threshold: 5, windowMs: 600_000 });
  const times = ["20261125095900.000001Z", "20261125095950.000002Z", "20261125080000.000003Z"];
  assert.equal(failuresOf(entry({ pwdFailureTime: times }), openldap, policy, nowMs), 2);
  assert.equal(failuresOf(entry({ pwdFailureTime: times }), openldap, undefined, nowMs), 3);
});
