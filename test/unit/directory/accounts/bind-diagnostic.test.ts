import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeBind } from "../../../../src/directory/accounts/bind-diagnostic.ts";

const activeDirectory = (subCode: string): string =>
  `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${subCode}, v1db1 Code: 0x31`;

const subCodes = {
  "525": "unknown_account",
  "52e": "bad_credentials",
  "530": "logon_hours",
  "531": "workstation_restricted",
  "532": "password_expired",
  "533": "account_disabled",
  "534": "logon_type_not_granted",
  "701": "account_expired",
  "773": "password_must_change",
  "775": "account_locked",
} as const;

for (const [subCode, reason] of Object.entries(subCodes)) {
  test(`Active Directory's sub-code ${subCode} is ${reason}`, () => {
    assert.deepEqual(judgeBind({ code: 49, diagnostic: activeDirectory(subCode) }), {
      kind: "denied",
      reason,
    });
    assert.deepEqual(judgeBind({ code: 49, diagnostic: activeDirectory(subCode.toUpperCase()) }), {
      kind: "denied",
      reason,
    });
  });
}

test("a sub-code that nobody knows is no answer about the person", () => {
  for (const subCode of ["1f", "52f", "0"]) {
    assert.equal(judgeBind({ code: 49, diagnostic: activeDirectory(subCode) }).kind, "refused");
  }
});

test("a server that did not look at the password declined: another one may", () => {
  assert.deepEqual(judgeBind({ code: 51, diagnostic: "" }), { kind: "declined" });
  assert.deepEqual(judgeBind({ code: 52, diagnostic: "shutting down" }), { kind: "declined" });
  assert.deepEqual(judgeBind({ code: 49, diagnostic: activeDirectory("51f") }), { kind: "declined" });
});

test("demanded channel binding does not pass for a wrong password", () => {
  const diagnostic =
    "80090346: LdapErr: DSID-0C0905F0, comment: AcceptSecurityContext error, data 80090346, v4563";
  assert.deepEqual(judgeBind({ code: 49, diagnostic }), {
    kind: "refused",
    fault: "directory_refused",
    why: "channel_binding_required",
  });
});

test("demanded encryption is named", () => {
  for (const code of [8, 13]) {
    const judged = judgeBind({ code, diagnostic: "00002028: LdapErr: DSID-0C090276, data 0, v1db1" });
    assert.ok(judged.kind === "refused" && judged.why === "encryption_required");
  }
});

test("result 49 without a sub-code is a wrong password", () => {
  assert.deepEqual(judgeBind({ code: 49, diagnostic: "" }), { kind: "denied", reason: "bad_credentials" });
});

test("the password policy control says why, also where the bind itself succeeded", () => {
  const reasons = ["password_expired", "account_locked", "password_must_change"] as const;
  for (const [policyError, reason] of reasons.entries()) {
    if (reason !== "password_must_change") {
      assert.deepEqual(judgeBind({ code: 49, diagnostic: "", policyError }), { kind: "denied", reason });
    }
    assert.deepEqual(judgeBind({ code: 0, diagnostic: "", policyError }), { kind: "denied", reason });
  }
});

test("a refused bind does not prove a password that is to be changed", () => {
  const judged = judgeBind({ code: 49, diagnostic: "", policyError: 2 });
  assert.deepEqual(judged, { kind: "denied", reason: "bad_credentials" });
});

test("an accepted bind tells how much longer the password is good for", () => {
  assert.deepEqual(judgeBind({ code: 0, diagnostic: "", expiresInSeconds: 60 }), {
    kind: "accepted",
    isExpired: false,
    expiresInSeconds: 60,
  });
  assert.deepEqual(judgeBind({ code: 0, diagnostic: "", graceLoginsLeft: 0 }), {
    kind: "accepted",
    isExpired: true,
  });
});

test("389 Directory Server's and FreeIPA's words for a locked account are understood", () => {
  const locked = { kind: "denied", reason: "account_locked" };
  const inactivated = "Account inactivated. Contact system administrator.";
  assert.deepEqual(judgeBind({ code: 53, diagnostic: inactivated }), locked);
  assert.deepEqual(judgeBind({ code: 53, diagnostic: "Too many failed logins." }), locked);
  const exceeded = "Exceed password retry limit. Please try later.";
  assert.deepEqual(judgeBind({ code: 19, diagnostic: exceeded }), locked);
});

test("success and nothing else is accepted", () => {
  assert.equal(judgeBind({ code: 0, diagnostic: "" }).kind, "accepted");
  for (let code = 1; code <= 123; code += 1) {
    assert.notEqual(judgeBind({ code, diagnostic: "" }).kind, "accepted", `result ${code}`);
  }
});

test("a fault of the server is never a denial", () => {
  for (const code of [1, 2, 3, 32, 34, 50, 53, 80]) {
    assert.equal(judgeBind({ code, diagnostic: "data 52e" }).kind, "refused", `result ${code}`);
  }
});
