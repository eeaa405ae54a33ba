/**
 * What a real controller does not let happen: it refuses a service that another account has already.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkKeytab } from "../../../../src/cli/doctor/check-keytab.ts";
import { DirectoryEntry } from "../../../../src/directory/ldap/entry.ts";
import { Deadline } from "../../../../src/login/deadline.ts";
import { keytabOf } from "../../../support/kerberos-key.ts";

test("a service that several accounts have is found, and the accounts are for the terminal alone", async () => {
  const service = "HTTP/gateway.example.test";
  const keytab = keytabOf([{ realm: "EXAMPLE.TEST", service, version: 3, password: "x", salt: "y" }]);
  const entries = ["CN=one,DC=example,DC=test", "CN=other,DC=example,DC=test"].map(
    (name) => new DirectoryEntry(name, [["msDS-KeyVersionNumber", [Buffer.from("3")]]]),
  );
  const connection = {
    search: () => Promise.resolve({ kind: "entries", entries, references: [], more: false } as const),
  };
  const [finding] = await checkKeytab("corp", keytab, connection, Deadline.after(1_000));
  assert.equal(finding?.problem, "keytab_service_ambiguous");
  assert.equal(finding.confidential?.length, 2);
  assert.ok(!finding.says.includes("CN="));
});
