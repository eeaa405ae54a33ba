/**
 * Accounts found by what a credential says of them, on OpenLDAP.
 */

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Attribute, Change } from "ldapts";
import type { AccountKey } from "../../../src/login/account-key.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { decodeCertificate } from "../../../src/verifiers/certificate/certificate.ts";
import { accountKeys } from "../../../src/verifiers/certificate/mapping.ts";
import { createCertificateAuthority } from "../../support/certificate-authority.ts";
import type { CertificateAuthority, IssuedCertificate } from "../../support/certificate-authority.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { LabDirectory } from "../../support/lab-directory.ts";
import { openDirectory } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

let slapd: LabDirectory;
let scratch: Scratch;
let opened: OpenedDirectory;
let authority: CertificateAuthority;
let published: IssuedCertificate;

before(async () => {
  slapd = await startSlapd();
  scratch = await createScratch("account-key");
  authority = await createCertificateAuthority(scratch.folder);
  published = await authority.issue({ subject: "/CN=Grace" });
  const modification = new Attribute({ type: "userCertificate;binary", values: [published.der] });
  await slapd.asAdministrator((client) =>
    client.modify(slapd.distinguishedName("grace"), new Change({ operation: "add", modification })),
  );
  opened = await openDirectory([slapd]);
});
after(async () => {
  await opened[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
  await slapd[Symbol.asyncDispose]();
});

async function whose(key: AccountKey): Promise<string> {
  const found = await opened.engine.findAccountBy(key, Deadline.after(5_000));
  if (found.kind !== "found") return found.kind;
  const read = await opened.engine.readIdentity(found.account, Deadline.after(5_000));
  return read.kind === "read" ? read.identity.accountName : read.kind;
}

test("by a published certificate, which is compared by its issuer and serial number there", async () => {
  const keyOf = ({ der }: IssuedCertificate): AccountKey => {
    const [key] = accountKeys(decodeCertificate(der), { order: ["certificate"], subjectPatterns: [] });
    assert.ok(key !== undefined);
    return key;
  };
  assert.equal(await whose(keyOf(published)), "grace");
  assert.equal(await whose(keyOf(await authority.issue({ subject: "/CN=Grace" }))), "none");
  const other = await createCertificateAuthority(await mkdtemp(join(scratch.folder, "other-")), {
    subject: '/O=Example, Inc "A"/CN=Root',
  });
  assert.equal(await whose(keyOf(await other.issue({ subject: "/CN=Grace" }))), "none");
});

test("by the address and the own name; nobody has a SID or a mapped identity there", async () => {
  assert.equal(await whose({ by: "mail", texts: ["ada.lovelace@example.test"] }), "ada");
  assert.equal(await whose({ by: "name", text: "ada" }), "ada");
  assert.equal(await whose({ by: "principal", texts: ["ada"] }), "ada");
  assert.equal(await whose({ by: "sid", sid: "S-1-5-21-1-2-3-500" }), "none");
  assert.equal(await whose({ by: "security_identity", texts: ["X509:<SKI>0102"] }), "none");
});
