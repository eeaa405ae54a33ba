/**
 * Accounts found by what a credential says of them, on Active Directory: nobody is taken for somebody else.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Attribute, Change } from "ldapts";
import type { AccountKey } from "../../../src/login/account-key.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { openDirectory } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

const certificate = Buffer.from("3003020101", "hex");

let samba: Samba;
let opened: OpenedDirectory;
before(async () => {
  samba = await startSamba();
  opened = await openDirectory([samba]);
  await write("user01", "altSecurityIdentities", ["X509:<SKI>0102", "Kerberos:someone@ELSEWHERE.TEST"]);
  await write("user02", "userCertificate", [certificate]);
  await write("user04", "userPrincipalName", ["somebody@example.test"]);
  for (const twin of ["user05", "user06"]) await write(twin, "mail", ["twins@mail.example"]);
});
after(async () => {
  await opened[Symbol.asyncDispose]();
  await samba[Symbol.asyncDispose]();
});

async function write(account: string, type: string, values: readonly (string | Buffer)[]): Promise<void> {
  const modification = new Attribute({ type, values: values.map((value) => Buffer.from(value)) });
  await samba.asAdministrator((client) =>
    client.modify(samba.distinguishedName(account), new Change({ operation: "replace", modification })),
  );
}

async function whose(key: AccountKey): Promise<string> {
  const found = await opened.engine.findAccountBy(key, Deadline.after(5_000));
  if (found.kind !== "found") return found.kind;
  const read = await opened.engine.readIdentity(found.account, Deadline.after(5_000));
  return read.kind === "read" ? read.identity.accountName : read.kind;
}

test("by SID, which is somebody's and nobody else's", async () => {
  const read = await opened.engine.readIdentity(await opened.find("ada"), Deadline.after(5_000));
  assert.ok(read.kind === "read" && read.identity.sid !== undefined);
  const { sid } = read.identity;
  assert.equal(await whose({ by: "sid", sid }), "ada");
  assert.equal(await whose({ by: "sid", sid: sid.replace(/\d+$/, "999999") }), "none");
  for (const hostile of ["", "*", "S-1-5", "S-1-5-21-99999999999", `${sid})(cn=*`, "ada"]) {
    assert.equal(await whose({ by: "sid", sid: hostile }), "none", hostile);
  }
});

test("by a mapped identity, spelled in one of several ways", async () => {
  assert.equal(
    await whose({ by: "security_identity", texts: ["X509:<SKI>ffff", "X509:<SKI>0102"] }),
    "user01",
  );
  for (const text of ["X509:<SKI>01", "X509:*", "*", "", "X509:<SKI>0102\0"]) {
    assert.equal(await whose({ by: "security_identity", texts: [text] }), "none", text);
  }
});

test("by a published certificate, byte for byte", async () => {
  const serialNumber = "1";
  assert.equal(await whose({ by: "certificate", der: certificate, serialNumber }), "user02");
  assert.equal(await whose({ by: "certificate", der: certificate.subarray(0, 4), serialNumber }), "none");
});

test("by a principal name, written or following from the domain's name; a mail address is none", async () => {
  assert.equal(await whose({ by: "principal", texts: ["user04@example.test"] }), "user04");
  assert.equal(await whose({ by: "principal", texts: ["somebody@example.test"] }), "user04");
  assert.equal(await whose({ by: "principal", texts: ["user05@EXAMPLE"] }), "user05");
  assert.equal(await whose({ by: "principal", texts: ["twins@mail.example"] }), "none");
  assert.equal(await whose({ by: "principal", texts: ["ada", "ada@"] }), "none");
});

test("two people are nobody", async () => {
  assert.equal(await whose({ by: "mail", texts: ["twins@mail.example"] }), "several");
  assert.equal(
    await whose({ by: "principal", texts: ["ada@example.test", "grace@example.test"] }),
    "several",
  );
});

test("by the own name, in which nothing is a wildcard", async () => {
  assert.equal(await whose({ by: "name", text: "pat(ops)" }), "pat(ops)");
  assert.equal(await whose({ by: "name", text: "ad*" }), "none");
});

test("while nobody answers, nobody is found and nobody is missing", async () => {
  await using unreached = await openDirectory([samba], { controllers: ["ldaps://127.0.0.1:9"] });
  const found = await unreached.engine.findAccountBy({ by: "name", text: "ada" }, Deadline.after(1_000));
  assert.deepEqual(found, { kind: "unavailable", fault: "directory_unreachable" });
});
