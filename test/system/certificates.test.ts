/**
 * Logins with client certificates through the whole system, on a real Active Directory: each certificate has its own verdict, and
 * callers see of it what they may.
 */

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Attribute, Change } from "ldapts";
import {
  createCertificateAuthority,
  personExtensions,
  principalExtension,
  responderPort,
  sidExtension,
} from "../support/certificate-authority.ts";
import type {
  CertificateAuthority,
  CertificateOptions,
  IssuedCertificate,
} from "../support/certificate-authority.ts";
import { clientCertHeader, postForwarded, postWithCertificate } from "../support/certificate-client.ts";
import { certificatesPort } from "../support/drawbridge.ts";
import type { LoginAnswer } from "../support/drawbridge.ts";
import { decodeSid } from "../../src/directory/ldap/sid.ts";
import { readBytes } from "../support/ldap-client.ts";
import { startLoginSystem } from "../support/login-system.ts";
import type { LoginSystem } from "../support/login-system.ts";
import { findFreeAddress } from "../support/loopback.ts";
import { runCommand } from "../support/run-command.ts";
import { startSamba } from "../support/samba.ts";
import type { Samba } from "../support/samba.ts";
import { createScratch } from "../support/scratch.ts";
import type { Scratch } from "../support/scratch.ts";

/** Who comes from here is a proxy that is believed. */
const proxyAddress = "127.0.0.77";
const strangerAddress = "127.0.0.78";
const slowResponderMs = 1_200;
const perSecond = 60;
const seconds = 5;

describe("client certificates, end to end", { timeout: 170_000 }, () => {
  let samba: Samba;
  let scratch: Scratch;
  let root: CertificateAuthority;
  let issuing: CertificateAuthority;
  const cleanup = new AsyncDisposableStack();
  let people: Awaited<ReturnType<typeof issueToPeople>>;
  let system: LoginSystem;
  let url: string;
  let ca: string;
  let caFile: string;

  before(async () => {
    samba = cleanup.use(await startSamba());
    scratch = cleanup.use(await createScratch("certificates"));
    root = await createCertificateAuthority(scratch.folder);
    issuing = await root.authority({ subject: "/DC=test/DC=example/CN=Issuing CA" });
    const [host, slowHost, nowhere] = await Promise.all([
      findFreeAddress([responderPort]),
      findFreeAddress([responderPort]),
      findFreeAddress([responderPort]),
    ]);
    people = await issueToPeople([host, slowHost, nowhere]);
    cleanup.use(await issuing.startResponder(host));
    cleanup.use(await issuing.startResponder(slowHost, { delayMs: slowResponderMs }));
    const serverAuthority = await createCertificateAuthority(await mkdtemp(join(scratch.folder, "server-")));
    ({ pem: ca, certificateFile: caFile } = serverAuthority);
    system = await startLoginSystem({
      directory: samba,
      certificates: {
        caFile: root.certificateFile,
        mapping: ["sid", "security_identity", "certificate", "principal", "mail", "subject"],
        subjectPatterns: ["CN={name},O=Example"],
        revocation: {
          crlFiles: [await root.list()],
          hosts: [host, slowHost, nowhere].map((name) => `${name}:${responderPort}`),
          timeout: "4s",
        },
      },
      clientCertificates: async (address) => {
        const certificate = await serverAuthority.issue({
          subject: "/CN=gateway",
          extensions: ["extendedKeyUsage = serverAuth", `subjectAltName = IP:${address}`],
        });
        const tls = { certFile: certificate.certificateFile, keyFile: certificate.keyFile };
        return { listener: { host: address, port: certificatesPort, tls }, trustedProxies: [proxyAddress] };
      },
    });
    cleanup.use(system);
    url = `https://${system.gateway.address}:${certificatesPort}/v1/login/certificate`;
  });
  after(async () => {
    await cleanup[Symbol.asyncDispose]();
  });

  /** Everybody's certificate, and what the directory has to know of it. */
  async function issueToPeople([host, slowHost, nowhere]: readonly [string, string, string]) {
    const askHere = `authorityInfoAccess = OCSP;URI:http://${host}:${responderPort}/`;
    const issue = (extensions: readonly string[], options: Partial<CertificateOptions> = {}) =>
      issuing.issue({
        subject: "/CN=Somebody",
        ...options,
        extensions: [...personExtensions, askHere, ...extensions],
      });
    const ada = principalExtension("ada@example.test");
    const stranger = await createCertificateAuthority(await mkdtemp(join(scratch.folder, "stranger-")), {
      subject: "/DC=test/DC=example/CN=Issuing CA",
    });
    const selfSigned = await createCertificateAuthority(await mkdtemp(join(scratch.folder, "self-")), {
      subject: "/CN=Ada",
      extensions: [...personExtensions, ada],
    });
    const [, domainSid] = /^(.*)-\d+$/.exec(await sidOf("ada")) ?? [];
    const issued = {
      good: await issue([ada]),
      withSid: await issue(sidExtension(await sidOf("grace"))),
      bySerial: await issue([]),
      byKey: await issue(["subjectKeyIdentifier = hash"]),
      published: await issue([]),
      byMail: await issue(["subjectAltName = email:john.smith@example.test"]),
      bySubject: await issue([], { subject: "/O=Example/CN=user07" }),
      expired: await issue([ada], { beganDaysAgo: 3, days: 1 }),
      notYetValid: await issue([ada], { beganDaysAgo: -1 }),
      wrongAuthority: await stranger.issue({
        subject: "/CN=Ada",
        extensions: [...personExtensions, askHere, ada],
      }),
      wrongPurpose: await issuing.issue({
        subject: "/CN=Ada",
        extensions: ["extendedKeyUsage = serverAuth", askHere, ada],
      }),
      selfSigned,
      revokedByList: await root.issue({ subject: "/CN=Ada", extensions: [...personExtensions, ada] }),
      revokedByResponder: await issue([ada]),
      responderDown: await issuing.issue({
        subject: "/CN=Ada",
        extensions: [
          ...personExtensions,
          ada,
          `authorityInfoAccess = OCSP;URI:http://${nowhere}:${responderPort}/`,
        ],
      }),
      slowResponder: await issuing.issue({
        subject: "/CN=Ada",
        extensions: [
          ...personExtensions,
          ada,
          `authorityInfoAccess = OCSP;URI:http://${slowHost}:${responderPort}/`,
        ],
      }),
      noPlaceToAsk: await issuing.issue({ subject: "/CN=Ada", extensions: [...personExtensions, ada] }),
      wrongSid: await issue([ada, ...sidExtension(`${domainSid}-999999`)]),
      ambiguous: await issue(["subjectAltName = email:twins@example.test"]),
      disabled: await issue([principalExtension("charles@example.test")]),
      nobody: await issue([principalExtension("nobody@example.test")]),
      passwordExpired: await issue([principalExtension("blaise@example.test")]),
      smartCardOnly: await issue([principalExtension("hedy@example.test")]),
    };
    await root.revoke(issued.revokedByList);
    await issuing.revoke(issued.revokedByResponder);
    const serial = (await openssl("x509", "-in", issued.bySerial.certificateFile, "-noout", "-serial"))
      .trim()
      .replace("serial=", "");
    const reversed = Buffer.from(serial, "hex").toReversed();
    const keyText = await openssl(
      "x509",
      "-in",
      issued.byKey.certificateFile,
      "-noout",
      "-ext",
      "subjectKeyIdentifier",
    );
    const keyIdentifier = (/((?:[0-9A-F]{2}:)+[0-9A-F]{2})/.exec(keyText)?.[1] ?? "").replaceAll(":", "");
    await write("user04", "altSecurityIdentities", [
      `X509:<I>DC=test,DC=example,CN=Issuing CA<SR>${Buffer.from(reversed).toString("hex")}`,
    ]);
    await write("user05", "altSecurityIdentities", [`X509:<SKI>${keyIdentifier.toLowerCase()}`]);
    await write("user06", "userCertificate", [issued.published.der]);
    for (const twin of ["user08", "user09"]) await write(twin, "mail", ["twins@example.test"]);
    return issued;
  }

  async function sidOf(account: string): Promise<string> {
    const [sid] = await samba.asAdministrator((client) =>
      readBytes(client, samba.distinguishedName(account), "objectSid"),
    );
    return decodeSid(sid ?? Buffer.alloc(0)) ?? "";
  }

  async function write(account: string, type: string, values: readonly (string | Buffer)[]): Promise<void> {
    const modification = new Attribute({ type, values: values.map((value) => Buffer.from(value)) });
    await samba.asAdministrator((client) =>
      client.modify(samba.distinguishedName(account), new Change({ operation: "replace", modification })),
    );
  }

  const show = (certificate: IssuedCertificate): Promise<LoginAnswer> =>
    postWithCertificate(url, ca, { certificate, chain: [issuing] });

  const accepted: readonly (readonly [certificate: keyof typeof people, account: string])[] = [
    ["good", "ada"],
    ["withSid", "grace"],
    ["bySerial", "user04"],
    ["byKey", "user05"],
    ["published", "user06"],
    ["byMail", "jsmith"],
    ["bySubject", "user07"],
    ["passwordExpired", "blaise"],
    ["smartCardOnly", "hedy"],
  ];
  for (const [certificate, account] of accepted) {
    test(`${certificate}: ${account} is accepted`, async () => {
      const answer = await show(people[certificate]);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(accountIn(answer), account);
    });
  }

  /** What callers are told, where that is not the reason itself. */
  const untold = "bad_credentials";
  const refused: readonly (readonly [certificate: keyof typeof people, reason: string, told?: string])[] = [
    ["expired", "certificate_expired"],
    ["notYetValid", "certificate_not_yet_valid"],
    ["wrongAuthority", "certificate_untrusted", untold],
    ["wrongPurpose", "certificate_wrong_purpose", untold],
    ["selfSigned", "certificate_untrusted", untold],
    ["revokedByList", "certificate_revoked"],
    ["revokedByResponder", "certificate_revoked"],
    ["wrongSid", "unknown_account", untold],
    ["nobody", "unknown_account", untold],
    ["ambiguous", "ambiguous_account", untold],
    ["disabled", "account_disabled"],
  ];
  for (const [certificate, reason, told = reason] of refused) {
    test(`${certificate}: denied, ${reason}, which callers see as ${told}`, async () => {
      const earlier = await counted("denied", reason);
      const answer = await show(people[certificate]);
      assert.deepEqual([answer.status, answer.body["outcome"], answer.body["reason"]], [401, "denied", told]);
      assert.equal((await counted("denied", reason)) - earlier, 1);
    });
  }

  for (const certificate of ["responderDown", "noPlaceToAsk"] as const) {
    test(`${certificate}: nobody can say whether it is revoked, and that is no denial`, async () => {
      const answer = await show(people[certificate]);
      assert.deepEqual([answer.status, answer.body["fault"]], [503, "revocation_unknown"]);
    });
  }

  test("what went wrong with the responder is in the log, without anybody's name", async () => {
    const results = system.replicas.flatMap(({ program }) =>
      program.log.filter(({ msg }) => msg === "revocation_asked").map(({ result }) => result),
    );
    assert.deepEqual(new Set(results), new Set(["unreachable"]));
  });

  test("a responder that takes longer than a replica may be silent: the login waits, and stays where it is", async () => {
    const answer = await show(people.slowResponder);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const ended = await system.gateway.findLog(({ attempt }) => attempt === answer.body["attempt"], 5_000);
    assert.equal(ended["grants"], 1);
  });

  test("without a certificate nobody is asked anything", async () => {
    const answer = await postWithCertificate(url, ca);
    assert.deepEqual([answer.status, errorIn(answer)], [401, "no_client_certificate"]);
  });

  test("a certificate that a trusted proxy saw logs in; the same header from anybody else is not looked at", async () => {
    const forwardedUrl = `http://${system.gateway.address}:8080/v1/login/certificate`;
    const headers = {
      "client-cert": clientCertHeader(people.good),
      "client-cert-chain": `${clientCertHeader(issuing)}, ${clientCertHeader(root)}`,
    };
    const answer = await postForwarded(forwardedUrl, headers, proxyAddress);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(accountIn(answer), "ada");

    const spoofed = await postForwarded(forwardedUrl, headers, strangerAddress);
    assert.deepEqual([spoofed.status, errorIn(spoofed)], [401, "no_client_certificate"]);
    const forwardedFor = { ...headers, "x-forwarded-for": proxyAddress };
    assert.equal((await postForwarded(forwardedUrl, forwardedFor, strangerAddress)).status, 401);
    assert.equal(await system.gateway.readMetric("drawbridge_certificate_headers_ignored_total"), 2);
    const bare = await postForwarded(forwardedUrl, {}, proxyAddress);
    assert.deepEqual([bare.status, errorIn(bare)], [401, "no_client_certificate"]);
    const garbage = await postForwarded(
      forwardedUrl,
      { "client-cert": people.good.der.toString("base64") },
      proxyAddress,
    );
    assert.deepEqual([garbage.status, errorIn(garbage)], [400, "client_certificate_malformed"]);
    const labels = { proof: "proxy" };
    assert.equal(await system.gateway.readMetric("drawbridge_certificates_presented_total", labels), 1);
  });

  test("curl logs in", async () => {
    const post = (certificateFile: string): Promise<string> =>
      runCommand(
        "curl",
        [
          "-sS",
          "-X",
          "POST",
          "--cacert",
          caFile,
          "--cert",
          certificateFile,
          "--key",
          people.good.keyFile,
          url,
        ],
        { timeoutMs: 20_000 },
      );
    const whole = await scratch.write("good-with-chain.pem", people.good.pem + issuing.pem);
    assert.match(await post(whole), /"outcome":"accepted".*"accountName":"ada"/);
    // Without the authority between, which the settings do not know either.
    assert.match(await post(people.good.certificateFile), /"reason":"bad_credentials"/);
  });

  test("no certificate, and nothing of anybody, was readable on the bus or in a log", async () => {
    const all = Buffer.from(await system.capture.everything());
    assert.ok(all.length > 0);
    const logs = [system.gateway, ...system.replicas.map(({ program }) => program)].flatMap(({ log }) => log);
    const text = JSON.stringify(logs);
    const { good } = people;
    for (const part of [good.der, good.der.toString("base64").slice(0, 40), "ada@example.test", "Lovelace"]) {
      assert.ok(!all.includes(part));
      assert.ok(!text.includes(String(part)));
    }
  });

  test("one replica killed, one frozen, at 60 logins a second: every login is answered, and answered right", async () => {
    const [killed, frozen] = system.replicas;
    assert.ok(killed !== undefined && frozen !== undefined);
    const faults = [
      sleep(500).then(() => killed.program.kill()),
      sleep(1_000).then(() => frozen.program.freeze()),
      sleep(3_000).then(() => frozen.program.thaw()),
    ];
    const answers: Promise<LoginAnswer & { readonly shown: string }>[] = [];
    const startedAt = performance.now();
    for (let n = 0; n < perSecond * seconds; n += 1) {
      const wait = startedAt + (n * 1_000) / perSecond - performance.now();
      if (wait > 0) await sleep(wait);
      const shown = n % 4 === 0 ? "revokedByResponder" : "good";
      answers.push(show(people[shown]).then((answer) => ({ ...answer, shown })));
    }
    const ended = await Promise.all(answers);
    await Promise.all(faults);
    const counts = Map.groupBy(ended, ({ shown, status, body }) =>
      [shown, status, body["fault"]].filter((part) => part !== undefined).join(" "),
    );
    assert.deepEqual(Object.fromEntries([...counts].map(([end, all]) => [end, all.length])), {
      "revokedByResponder 401": ended.length / 4,
      "good 200": (ended.length * 3) / 4,
    });
    const sorted = ended.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
    console.log(`p50 ${sorted[sorted.length >> 1]?.toFixed(1)} ms, slowest ${sorted.at(-1)?.toFixed(1)} ms`);
  });

  async function counted(outcome: string, reason: string): Promise<number> {
    const labels = { method: "certificate", outcome, reason };
    return system.gateway.readMetric("drawbridge_logins_total", labels);
  }
});

function openssl(...args: readonly string[]): Promise<string> {
  return runCommand("openssl", args, { timeoutMs: 10_000 });
}

function accountIn({ body }: LoginAnswer): unknown {
  const { identity } = body;
  assert.ok(typeof identity === "object" && identity !== null && "accountName" in identity);
  return identity.accountName;
}

function errorIn({ body }: LoginAnswer): unknown {
  const { error } = body;
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
