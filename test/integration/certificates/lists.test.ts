/**
 * Who is revoked, as OpenSSL's lists say it: in files, and where certificates name them.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { Deadline } from "../../../src/login/deadline.ts";
import { decodeCertificate } from "../../../src/verifiers/certificate/certificate.ts";
import { openListFiles } from "../../../src/verifiers/certificate/revocation/list-files.ts";
import { createRevocationCheck } from "../../../src/verifiers/certificate/revocation/revocation.ts";
import {
  authorityExtensions,
  createCertificateAuthority,
  personExtensions,
  responderPort,
} from "../../support/certificate-authority.ts";
import type { CertificateAuthority, IssuedCertificate } from "../../support/certificate-authority.ts";
import { findFreeAddress } from "../../support/loopback.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";
import { createChecker as createCheckerOf, serve } from "./revocation-checker.ts";
import type { Checker, CheckerOptions } from "./revocation-checker.ts";

const hourMs = 3_600_000;
const person = { subject: "/CN=Ada" };

let scratch: Scratch;
let authority: CertificateAuthority;

before(async () => {
  scratch = await createScratch("revocation");
  authority = await createCertificateAuthority(scratch.folder);
});
after(() => scratch[Symbol.asyncDispose]());

const elsewhere = (): Promise<string> => mkdtemp(join(scratch.folder, "elsewhere-"));
const createChecker = (options?: CheckerOptions): Promise<Checker> => createCheckerOf(authority, options);

function listedAt(...urls: readonly string[]): Promise<IssuedCertificate> {
  const points = urls.map((url) => `URI:${url}`).join(",");
  return authority.issue({
    ...person,
    extensions: [...personExtensions, `crlDistributionPoints = ${points}`],
  });
}

describe("a list", () => {
  async function statusBy(listFile: string, certificate: IssuedCertificate, options: CheckerOptions = {}) {
    using checker = await createChecker({ listFiles: [listFile], ...options });
    return checker.status(certificate);
  }

  test("in a file tells who is revoked while it is current, PEM or DER", async () => {
    const [good, bad] = [await authority.issue(person), await authority.issue(person)];
    await authority.revoke(bad);
    const list = await authority.list();
    assert.deepEqual([await statusBy(list, good), await statusBy(list, bad)], ["good", "revoked"]);
    const pem = await readFile(list, "latin1");
    const der = join(await elsewhere(), "list.der");
    await writeFile(der, Buffer.from(pem.replaceAll(/-----[A-Z0-9 ]+-----|\s/g, ""), "base64"));
    assert.equal(await statusBy(der, bad), "revoked");
    const later = { wallClock: () => Date.now() + 49 * hourMs };
    assert.equal(await statusBy(list, good, later), "unknown", "nor is anybody good by an old one");
    assert.equal(await statusBy(list, good, { wallClock: () => Date.now() - hourMs }), "unknown");
  });

  test("of another authority of the same name says nothing", async () => {
    const lookalike = await createCertificateAuthority(await elsewhere());
    assert.equal(await statusBy(await lookalike.list(), await authority.issue(person)), "unknown");
  });

  const usable: readonly (readonly [what: string, extensions: readonly string[], status: string])[] = [
    ["about people only", ["onlyuser = TRUE"], "good"],
    ["about authorities only", ["onlyCA = TRUE"], "unknown"],
    ["of another place", ["fullname = URI:http://elsewhere.test/x.crl"], "unknown"],
    ["of some reasons only", ["onlysomereasons = keyCompromise"], "stops"],
    ["with other authorities' certificates", ["indirectCRL = TRUE"], "stops"],
    ["about attributes only", ["onlyAA = TRUE"], "stops"],
  ];
  for (const [what, point, status] of usable) {
    test(`${what}: ${status}`, async () => {
      const extensions = ["issuingDistributionPoint = critical, @point", "[point]", ...point];
      const list = await authority.list({ extensions });
      const certificate = await authority.issue(person);
      if (status === "stops")
        await assert.rejects(statusBy(list, certificate), /no list of revoked certificates/);
      else assert.equal(await statusBy(list, certificate), status);
    });
  }

  test("with a critical part that is not understood, or of changes only, stops the start", async () => {
    for (const line of ["1.2.3.4 = critical, ASN1:NULL", "2.5.29.27 = critical, ASN1:INTEGER:1"]) {
      const list = await authority.list({ extensions: [line] });
      await assert.rejects(statusBy(list, await authority.issue(person)), /no list of revoked certificates/);
    }
  });

  test("that is no list, or is not there, stops the start and is named", async () => {
    const garbage = await scratch.write("garbage.crl", "garbage");
    await assert.rejects(
      openListFiles([garbage], () => undefined),
      /garbage\.crl is no list/,
    );
    await assert.rejects(
      openListFiles(["/nowhere.crl"], () => undefined),
      /nowhere\.crl is no list.*unreadable/,
    );
  });

  test("in a file is read again when it changes; one that became useless goes on as it was", async () => {
    const ada = await authority.issue(person);
    const file = join(await elsewhere(), "list.crl");
    await copyFile(await authority.list(), file);
    using checker = await createChecker({ listFiles: [file] });
    assert.equal(await checker.status(ada), "good");
    await writeFile(file, "half a li");
    while (checker.events.length < 1) await sleep(20);
    assert.equal(await checker.status(ada), "good");
    await authority.revoke(ada);
    await copyFile(await authority.list(), file);
    while (checker.events.length < 2) await sleep(20);
    assert.equal(await checker.status(ada), "revoked");
    assert.deepEqual(checker.results, ["file malformed", "file ok"]);
  });

  test("that a certificate names is fetched once, and again only when it is old", async () => {
    let file = await authority.list();
    await using stub = await serve((_, response) => {
      void readFile(file).then((bytes) => response.end(bytes));
    });
    let nowMs = Date.now();
    using checker = await createChecker({ wallClock: () => nowMs });
    const url = `${stub.url}list.crl`;
    const [good, bad] = [await listedAt("ldap:///CN=x?y", url), await listedAt(url)];
    await authority.revoke(bad);
    file = await authority.list();
    assert.deepEqual(await Promise.all([checker.status(good), checker.status(bad)]), ["good", "revoked"]);
    assert.equal(stub.requests, 1);
    nowMs += 50 * hourMs;
    assert.equal(await checker.status(good), "unknown", "the same old one");
    assert.deepEqual(checker.results, ["list ok", "list out_of_date"]);
  });

  test("that a certificate names, and somebody else signed, says nothing", async () => {
    const lookalike = await createCertificateAuthority(await elsewhere());
    const file = await lookalike.list();
    await using stub = await serve((_, response) => void readFile(file).then((bytes) => response.end(bytes)));
    using checker = await createChecker();
    assert.equal(await checker.status(await listedAt(`${stub.url}list.crl`)), "unknown");
    assert.deepEqual(checker.results, ["list not_signed"]);
  });

  test("is asked where the responder does not answer", async () => {
    const file = await authority.list();
    await using stub = await serve((_, response) => void readFile(file).then((bytes) => response.end(bytes)));
    const nowhere = await findFreeAddress([responderPort]);
    const ada = await authority.issue({
      ...person,
      extensions: [
        ...personExtensions,
        `authorityInfoAccess = OCSP;URI:http://${nowhere}:${responderPort}/`,
        `crlDistributionPoints = URI:${stub.url}list.crl`,
      ],
    });
    using checker = await createChecker();
    assert.equal(await checker.status(ada), "good");
    assert.deepEqual(checker.results, ["responder unreachable", "list ok"]);
  });

  test("of an authority that may not sign lists says nothing", async () => {
    const extensions = [
      ...authorityExtensions.filter((line) => !line.startsWith("keyUsage")),
      "keyUsage = keyCertSign",
    ];
    const mute = await createCertificateAuthority(await elsewhere(), { subject: "/CN=Mute", extensions });
    using files = await openListFiles([await mute.list()], () => undefined);
    const check = createRevocationCheck({
      files,
      limits: { hosts: new Set(), timeoutMs: 100 },
      nonceRequired: false,
      randomBytes,
      wallClock: Date.now,
      observe: () => undefined,
    });
    const path = [decodeCertificate((await mute.issue(person)).der), decodeCertificate(mute.der)];
    assert.equal(await check(path, Deadline.after(1_000)), "unknown");
  });
});
