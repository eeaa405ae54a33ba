/**
 * Certificates that OpenSSL made, right ones and hostile ones: which of them lead to an authority of ours, and why the others do not.
 */

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodeCertificate } from "../../../src/verifiers/certificate/certificate.ts";
import { validatePath } from "../../../src/verifiers/certificate/path.ts";
import type { PathOptions } from "../../../src/verifiers/certificate/path.ts";
import {
  authorityExtensions,
  createCertificateAuthority,
  personExtensions,
} from "../../support/certificate-authority.ts";
import type { CertificateAuthority, IssuedCertificate } from "../../support/certificate-authority.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";

let scratch: Scratch;
let root: CertificateAuthority;

before(async () => {
  scratch = await createScratch("certificates");
  root = await createCertificateAuthority(scratch.folder);
});
after(() => scratch[Symbol.asyncDispose]());

/** A folder for an authority that knows nothing of ours. */
const elsewhere = (): Promise<string> => mkdtemp(join(scratch.folder, "elsewhere-"));

const subject = "/O=Example/CN=Ada";
const person = { subject };

function end(
  leaf: IssuedCertificate,
  chain: readonly IssuedCertificate[] = [],
  options: Partial<PathOptions> = {},
  nowMs = Date.now(),
): string {
  const outcome = validatePath(
    decodeCertificate(leaf.der),
    chain.map(({ der }) => decodeCertificate(der)),
    {
      anchors: [decodeCertificate(root.der)],
      intermediates: [],
      purposes: new Set(["client_authentication", "smart_card_logon"]),
      policies: new Set(),
      ...options,
    },
    nowMs,
  );
  return outcome.kind === "valid" ? `valid, ${outcome.path.length} long` : outcome.reason;
}

/** The usual extensions with others in the place of those of the same name. */
function but(usual: readonly string[], ...others: readonly string[]): readonly string[] {
  const nameOf = (line: string): string => line.split("=")[0]?.trim() ?? "";
  const names = new Set(others.map(nameOf));
  return [...usual.filter((line) => !names.has(nameOf(line))), ...others];
}

const under = (name: string, ...extensions: readonly string[]): Promise<CertificateAuthority> =>
  root.authority({ subject: `/O=Example/CN=${name}`, extensions: but(authorityExtensions, ...extensions) });

test("a certificate of our authority is believed, whatever it is made of", async () => {
  assert.equal(end(await root.issue(person)), "valid, 2 long");
  for (const key of ["rsa:2048", "ed25519"] as const) {
    assert.equal(end(await root.issue({ ...person, key })), "valid, 2 long", key);
  }
  const folder = await elsewhere();
  const pss = await createCertificateAuthority(folder, { subject: "/CN=PSS", key: "rsa:2048" });
  const signatureOptions = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
  const anchors = [decodeCertificate(pss.der)];
  assert.equal(end(await pss.issue({ ...person, signatureOptions }), [], { anchors }), "valid, 2 long");
});

test("authorities between are taken from what was shown or from the settings, and nowhere else", async () => {
  const middle = await under("Issuing CA");
  const lower = await middle.authority({ subject: "/O=Example/CN=Lower CA" });
  const ada = await lower.issue(person);
  assert.equal(end(ada, [lower, middle]), "valid, 4 long");
  assert.equal(end(ada, [middle, ada, lower, middle]), "valid, 4 long");
  assert.equal(end(ada, [lower]), "certificate_untrusted");
  const intermediates = [decodeCertificate(middle.der)];
  assert.equal(end(ada, [lower], { intermediates }), "valid, 4 long");
  assert.equal(end(ada, [], { anchors: [decodeCertificate(lower.der)] }), "valid, 2 long");
});

test("somebody else's authority is not believed, not even one that calls itself as ours does", async () => {
  const lookalike = await createCertificateAuthority(await elsewhere());
  const forged = await lookalike.issue(person);
  assert.equal(end(forged), "certificate_untrusted");
  assert.equal(end(forged, [lookalike, root]), "certificate_untrusted");
  const stranger = await createCertificateAuthority(await elsewhere(), {
    subject: "/CN=Stranger",
  });
  assert.equal(end(await stranger.issue(person), [stranger]), "certificate_untrusted");
});

test("a certificate that signed itself is nobody's, though it is called like somebody's", async () => {
  const folder = await elsewhere();
  const selfSigned = await createCertificateAuthority(folder, { subject, extensions: personExtensions });
  assert.equal(end(selfSigned), "certificate_untrusted");
  assert.equal(end(selfSigned, [selfSigned, root]), "certificate_untrusted");
  assert.equal(end(root), "certificate_untrusted", "nor is an authority itself");
});

test("the dates of every certificate on the path count", async () => {
  assert.equal(end(await root.issue({ ...person, beganDaysAgo: 4, days: 2 })), "certificate_expired");
  assert.equal(end(await root.issue({ ...person, beganDaysAgo: -1 })), "certificate_not_yet_valid");
  const old = await root.authority({ subject: "/CN=Old CA", beganDaysAgo: 4, days: 2 });
  assert.equal(end(await old.issue(person), [old]), "certificate_expired");
  const inAYear = Date.now() + 365 * 86_400_000;
  const eternal = await root.issue({ ...person, days: 3_000 });
  assert.equal(end(eternal, [], {}, inAYear), "certificate_expired", "our own authority has an end too");
});

test("a person's certificate is no authority, whoever it signed for", async () => {
  const mallory = await root.authority({ subject: "/CN=Mallory", extensions: personExtensions });
  assert.notEqual(end(await mallory.issue(person), [mallory]).slice(0, 5), "valid");
  const silent = await root.authority({ subject: "/CN=Silent", extensions: ["subjectKeyIdentifier = hash"] });
  assert.equal(end(await silent.issue(person), [silent]), "certificate_constrained");
  const notSigning = await under("Not signing", "keyUsage = critical, cRLSign");
  assert.notEqual(end(await notSigning.issue(person), [notSigning]).slice(0, 5), "valid");
});

test("an authority that may have none below it has none", async () => {
  const last = await under("Last", "basicConstraints = critical, CA:TRUE, pathlen:0");
  assert.equal(end(await last.issue(person), [last]), "valid, 3 long");
  const below = await last.authority({ subject: "/CN=One too many" });
  assert.equal(end(await below.issue(person), [below, last]), "certificate_constrained");
  const anchors = [decodeCertificate(last.der)];
  assert.equal(end(await below.issue(person), [below], { anchors }), "certificate_constrained");
});

const constrained: readonly (readonly [
  constraint: string,
  subject: string,
  names: string | undefined,
  end: "valid" | "constrained",
])[] = [
  ["permitted;dirName:staff", "/O=Example/CN=Ada", undefined, "valid"],
  ["permitted;dirName:staff", "/O=EXAMPLE/CN=Ada", undefined, "valid"],
  ["permitted;dirName:staff", "/O=Elsewhere/CN=Ada", undefined, "constrained"],
  ["permitted;dirName:staff", "/CN=Ada/O=Example", undefined, "constrained"],
  ["excluded;dirName:staff", "/O=Example/CN=Ada", undefined, "constrained"],
  ["excluded;dirName:staff", "/O=exAMPLE/CN=Ada", undefined, "constrained"],
  ["excluded;dirName:staff", "/O=Elsewhere/CN=Ada", undefined, "valid"],
  ["permitted;email:example.test", "/CN=Ada", "email:ada@example.test", "valid"],
  ["permitted;email:example.test", "/CN=Ada", "email:ada@EXAMPLE.test", "valid"],
  ["permitted;email:example.test", "/CN=Ada", "email:ada@evil.example.test", "constrained"],
  ["permitted;email:example.test", "/CN=Ada", "email:ada@example.test,email:ada@evil.test", "constrained"],
  ["permitted;email:example.test", "/CN=Ada/emailAddress=ada@evil.test", undefined, "constrained"],
  ["permitted;email:.example.test", "/CN=Ada", "email:ada@mail.example.test", "valid"],
  ["permitted;email:ada@example.test", "/CN=Ada", "email:bob@example.test", "constrained"],
  ["excluded;email:example.test", "/CN=Ada", "email:ada@Example.Test", "constrained"],
  ["permitted;DNS:example.test", "/CN=Ada", "DNS:pc.example.test", "valid"],
  ["permitted;DNS:example.test", "/CN=Ada", "DNS:evilexample.test", "constrained"],
  ["permitted;URI:.example.test", "/CN=Ada", "URI:https://a.example.test/x", "valid"],
  ["permitted;URI:.example.test", "/CN=Ada", "URI:https://a.example.test@evil.test/", "constrained"],
  ["permitted;URI:.example.test", "/CN=Ada", "URI:urn:ada", "constrained"],
  ["permitted;IP:10.0.0.0/255.0.0.0", "/CN=Ada", "IP:10.1.2.3", "valid"],
  ["permitted;IP:10.0.0.0/255.0.0.0", "/CN=Ada", "IP:11.1.2.3", "constrained"],
  ["permitted;IP:10.0.0.0/255.0.0.0", "/CN=Ada", "IP:fd00::1", "constrained"],
  [
    "permitted;otherName:1.3.6.1.4.1.311.20.2.3;UTF8:example.test",
    "/CN=Ada",
    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:ada@example.test",
    "valid",
  ],
  [
    "permitted;otherName:1.3.6.1.4.1.311.20.2.3;UTF8:example.test",
    "/CN=Ada",
    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:admin@corp.test",
    "constrained",
  ],
  ["permitted;otherName:1.2.3.4;UTF8:x", "/CN=Ada", "otherName:1.2.3.4;UTF8:x", "constrained"],
];

test("an authority gives no names but those that it may give", async (t) => {
  for (const [constraint, named, names, expected] of constrained) {
    await t.test(`${constraint}: ${named} ${names ?? ""} is ${expected}`, async () => {
      const authority = await root.authority({
        subject: "/CN=Constrained CA",
        extensions: [
          ...authorityExtensions,
          `nameConstraints = critical, ${constraint}`,
          "[staff]",
          "O = Example",
        ],
      });
      const extensions =
        names === undefined ? personExtensions : [...personExtensions, `subjectAltName = ${names}`];
      const ended = end(await authority.issue({ subject: named, extensions }), [authority]);
      assert.equal(ended, expected === "valid" ? "valid, 3 long" : "certificate_constrained");
    });
  }
});

test("what is critical and not understood makes a certificate worthless, at any place of the path", async () => {
  const unknown = "1.2.3.4.5 = critical, ASN1:UTF8String:?";
  const ada = await root.issue({ ...person, extensions: [...personExtensions, unknown] });
  assert.equal(end(ada), "certificate_critical_extension");
  const authority = await under("Odd CA", unknown);
  assert.equal(end(await authority.issue(person), [authority]), "certificate_critical_extension");
  const harmless = await root.issue({
    ...person,
    extensions: [...personExtensions, "1.2.3.4.5 = ASN1:NULL"],
  });
  assert.equal(end(harmless), "valid, 2 long");
});

test("only a certificate that is made for logins logs in", async () => {
  const cases: readonly (readonly [extensions: readonly string[], end: string])[] = [
    [["extendedKeyUsage = 1.3.6.1.4.1.311.20.2.2"], "valid, 2 long"],
    [["extendedKeyUsage = serverAuth, clientAuth"], "valid, 2 long"],
    [["extendedKeyUsage = serverAuth"], "certificate_wrong_purpose"],
    [["extendedKeyUsage = anyExtendedKeyUsage"], "certificate_wrong_purpose"],
    [["extendedKeyUsage = critical, codeSigning"], "certificate_wrong_purpose"],
    [["keyUsage = critical, keyEncipherment"], "certificate_wrong_purpose"],
    [["basicConstraints = critical, CA:TRUE"], "certificate_wrong_purpose"],
  ];
  for (const [others, expected] of cases) {
    assert.equal(
      end(await root.issue({ ...person, extensions: but(personExtensions, ...others) })),
      expected,
      others.join(),
    );
  }
  const bare = await root.issue({ ...person, extensions: ["basicConstraints = CA:FALSE"] });
  assert.equal(end(bare), "certificate_wrong_purpose", "nothing said of it");
  const purposes = new Set(["smart_card_logon"] as const);
  assert.equal(end(await root.issue(person), [], { purposes }), "certificate_wrong_purpose");
});

test("an authority for servers issues nothing that logs in", async () => {
  const servers = await under("Server CA", "extendedKeyUsage = serverAuth");
  assert.equal(end(await servers.issue(person), [servers]), "certificate_wrong_purpose");
  const both = await under("Both CA", "extendedKeyUsage = serverAuth, clientAuth");
  assert.equal(end(await both.issue(person), [both]), "valid, 3 long");
});

test("weak keys and signatures are not believed", async () => {
  assert.equal(end(await root.issue({ ...person, key: "rsa:1024" })), "certificate_weak");
  assert.equal(end(await root.issue({ ...person, digest: "sha1" })), "certificate_weak");
  const weak = await root.authority({ subject: "/CN=Weak CA", key: "rsa:1024" });
  assert.equal(end(await weak.issue(person), [weak]), "certificate_weak");
});

test("a policy that is demanded has to hold on the whole path", async () => {
  const [high, low] = ["1.2.3.4.1", "1.2.3.4.2"];
  const policies = new Set([high]);
  const withPolicy = async (authority: readonly string[], own: readonly string[]): Promise<string> => {
    const issuer = await under("Policy CA", ...authority);
    const ada = await issuer.issue({ ...person, extensions: [...personExtensions, ...own] });
    return `${end(ada, [issuer], { policies })} | ${end(ada, [issuer])}`;
  };
  const [valid, refused] = ["valid, 3 long", "certificate_wrong_policy"];
  const says = (policy: string): readonly string[] => [`certificatePolicies = ${policy}`];
  const any = says("2.5.29.32.0");
  assert.equal(await withPolicy(says(high), says(high)), `${valid} | ${valid}`);
  assert.equal(await withPolicy(any, says(high)), `${valid} | ${valid}`);
  assert.equal(await withPolicy(says(`${low}, ${high}`), says(`${high}, 1.2.3.9`)), `${valid} | ${valid}`);
  assert.equal(await withPolicy(says(high), any), `${valid} | ${valid}`);
  assert.equal(await withPolicy(says(high), says(low)), `${refused} | ${valid}`);
  assert.equal(await withPolicy(says(low), says(high)), `${refused} | ${valid}`);
  assert.equal(await withPolicy([], says(high)), `${refused} | ${valid}`);
  assert.equal(await withPolicy(says(high), []), `${refused} | ${valid}`);
  const explicit = "policyConstraints = critical, requireExplicitPolicy:0";
  assert.equal(await withPolicy([...says(low), explicit], says(high)), `${refused} | ${refused}`);
  assert.equal(await withPolicy([...says(high), explicit], says(high)), `${valid} | ${valid}`);
  const noAny = "inhibitAnyPolicy = critical, 0";
  assert.equal(await withPolicy([...says(high), noAny], any), `${refused} | ${valid}`);
  const mapped = `policyMappings = critical, ${low}:${high}`;
  assert.equal(await withPolicy([...says(low), mapped], says(high)), `${refused} | ${valid}`);
});

test("certificates that all fit each other do not keep us busy", async () => {
  const names = { subject: "/CN=Twin CA" };
  const twins = await Promise.all(Array.from({ length: 6 }, () => root.authority(names)));
  const crossed = await Promise.all(twins.map((twin) => twin.authority(names)));
  const ada = await crossed[0]?.issue(person);
  assert.ok(ada !== undefined);
  assert.equal(end(ada, [...crossed, ...twins]).slice(0, 5), "valid");
  const strangers = {
    anchors: [
      decodeCertificate((await createCertificateAuthority(await elsewhere(), { subject: "/CN=x" })).der),
    ],
  };
  assert.equal(end(ada, [...crossed, ...twins], strangers), "certificate_untrusted");
});
