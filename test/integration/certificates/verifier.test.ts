/**
 * The certificate verifier in front of a directory that answers what each test says: who is asked for, and what becomes of each answer.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type { AccountKey } from "../../../src/login/account-key.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import type { AccountJudgement, ControllerName, FindOutcome } from "../../../src/login/ports.ts";
import { createCertificateVerifier } from "../../../src/verifiers/certificate/certificate-verifier.ts";
import type { CertificateVerifierOptions } from "../../../src/verifiers/certificate/certificate-verifier.ts";
import { decodeCertificate } from "../../../src/verifiers/certificate/certificate.ts";
import type { Mapping } from "../../../src/verifiers/certificate/mapping.ts";
import {
  createCertificateAuthority,
  personExtensions,
  principalExtension,
  sidExtension,
} from "../../support/certificate-authority.ts";
import type { CertificateAuthority, IssuedCertificate } from "../../support/certificate-authority.ts";
import { connectionName } from "../../support/memory-system.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";
import { reasonOf } from "../directory/opened-directory.ts";

const sid = "S-1-5-21-1-2-3-1001";
const controller = "dc1:636" as ControllerName;
const found: FindOutcome = { kind: "found", account: { controller, distinguishedName: "CN=Ada" } };

let scratch: Scratch;
let authority: CertificateAuthority;

before(async () => {
  scratch = await createScratch("verifier");
  authority = await createCertificateAuthority(scratch.folder);
});
after(() => scratch[Symbol.asyncDispose]());

interface World {
  readonly order?: readonly Mapping[];
  /** By kind of key; nobody where it is absent. */
  readonly find?: Partial<Readonly<Record<AccountKey["by"], FindOutcome>>>;
  readonly judged?: AccountJudgement;
  /** Of the account that was found; none where it is null. */
  readonly sid?: string | null;
  readonly revocation?: "good" | "revoked" | "unknown";
  readonly options?: Partial<CertificateVerifierOptions>;
}

async function logIn(certificate: Buffer, world: World = {}, chain: readonly Buffer[] = []) {
  const asked: AccountKey[] = [];
  const accountSid = world.sid === undefined ? sid : world.sid;
  const verifier = createCertificateVerifier(
    {
      directory: {
        async findAccountBy(key) {
          asked.push(key);
          return (world.find ?? { principal: found })[key.by] ?? { kind: "none" };
        },
        judge: () => world.judged ?? { kind: "judged", problems: [] },
        readIdentity: async () => ({
          kind: "read",
          identity: {
            subjectId: "1",
            accountName: "ada",
            distinguishedName: "CN=Ada",
            ...(accountSid === null ? {} : { sid: accountSid }),
            profile: {},
            groups: [],
            groupsRead: "complete",
          },
        }),
      },
      checkRevocation: async () => world.revocation ?? "good",
      wallClock: Date.now,
    },
    {
      anchors: [decodeCertificate(authority.der)],
      intermediates: [],
      purposes: new Set(["client_authentication"]),
      policies: new Set(),
      mapping: {
        order: world.order ?? ["sid", "security_identity", "certificate", "principal", "mail", "subject"],
        subjectPatterns: ["CN={name},O=Example", "CN={name}"],
      },
      whenUnknown: "unavailable",
      ...world.options,
    },
  );
  const end = await verifier.verify(
    {
      id: createAttemptId(randomBytes),
      connection: connectionName("corp"),
      method: "certificate",
      certificate,
      chain,
      proof: { by: "gateway" },
    },
    {
      deadline: Deadline.after(2_000),
      report: () => undefined,
      aside: (work) => work,
      permitBind: () => assert.fail("there is no password to bind with"),
      mayBind: false,
    },
  );
  return { end: reasonOf(end), asked };
}

function issue(...extensions: readonly string[]): Promise<IssuedCertificate> {
  return authority.issue({ subject: "/O=Example/CN=ada", extensions: [...personExtensions, ...extensions] });
}

test("what names an account is tried in the settings' order until somebody is found", async () => {
  const { der } = await issue("subjectKeyIdentifier = hash", principalExtension("ada@example.test"));
  const { end, asked } = await logIn(der);
  assert.equal(end, "accepted");
  assert.deepEqual(
    asked.map(({ by }) => by),
    ["security_identity", "certificate", "principal"],
  );
  const [identities] = asked;
  assert.ok(identities?.by === "security_identity");
  const serial = decodeCertificate(der).serial.toReversed();
  assert.equal(
    identities.texts[0],
    `X509:<I>DC=test,DC=example,CN=Example Root CA<SR>${Buffer.from(serial).toString("hex")}`,
  );
  assert.equal(identities.texts.length, 4);
  const bySubject = await logIn(der, { order: ["subject", "principal"], find: { name: found } });
  assert.deepEqual(bySubject, { end: "accepted", asked: [{ by: "name", text: "ada" }] });
});

test("a certificate that was made for one account is never looked up by anything weaker", async () => {
  const { der } = await issue(principalExtension("ada@example.test"), ...sidExtension(sid));
  const gone = await logIn(der, { find: { principal: found } });
  assert.deepEqual(gone, { end: "unknown_account", asked: [{ by: "sid", sid }] });
  assert.equal((await logIn(der, { find: { sid: found } })).end, "accepted");
});

test("a certificate that was made for somebody else is refused, however its owner was found", async () => {
  const { der } = await issue(principalExtension("ada@example.test"), ...sidExtension(sid));
  const order = ["principal"] as const;
  assert.equal((await logIn(der, { order })).end, "accepted");
  assert.equal((await logIn(der, { order, sid: `${sid}9` })).end, "certificate_sid_mismatch");
  assert.equal(
    (await logIn(der, { order, sid: null })).end,
    "accepted",
    "a directory without such identifiers",
  );
});

test("an extension for a SID that holds none, or no certificate at all, is malformed", async () => {
  const empty = await issue("1.3.6.1.4.1.311.25.2 = ASN1:SEQUENCE:nothing", "[nothing]");
  assert.equal((await logIn(empty.der)).end, "certificate_malformed");
  const garbled = await issue("1.3.6.1.4.1.311.25.2 = ASN1:UTF8String:S-1-5-21-1-2-3-500");
  assert.equal((await logIn(garbled.der)).end, "certificate_malformed");
  assert.deepEqual(await logIn(randomBytes(500)), { end: "certificate_malformed", asked: [] });
});

test("rubbish beside a good certificate does no harm, and an authority may be among it", async () => {
  const middle = await authority.authority({ subject: "/CN=Middle" });
  const ada = await middle.issue({
    subject: "/CN=Ada",
    extensions: [...personExtensions, principalExtension("ada@example.test")],
  });
  assert.equal((await logIn(ada.der, {}, [randomBytes(99), middle.der, Buffer.alloc(0)])).end, "accepted");
});

test("nobody, two people, and nobody who can say are three different ends", async () => {
  const { der } = await issue(principalExtension("ada@example.test"));
  assert.equal((await logIn(der, { find: {} })).end, "unknown_account");
  assert.equal(
    (await logIn(der, { find: { certificate: { kind: "several" }, principal: found } })).end,
    "ambiguous_account",
  );
  const unreachable = { kind: "unavailable", fault: "directory_unreachable" } as const;
  const world = { find: { certificate: unreachable, principal: found } };
  assert.equal(
    (await logIn(der, world)).end,
    "returned: directory_unreachable",
    "the weaker name is not tried",
  );
  assert.deepEqual(await logIn(der, { order: ["mail"] }), { end: "unknown_account", asked: [] });
});

test("an account that may not be used lets nobody in; the age of a password that nobody used does not matter", async () => {
  const { der } = await issue(principalExtension("ada@example.test"));
  const judged = async (...problems: Extract<AccountJudgement, { kind: "judged" }>["problems"]) =>
    (await logIn(der, { judged: { kind: "judged", problems } })).end;
  assert.equal(await judged("account_disabled", "password_expired"), "account_disabled");
  for (const problem of [
    "account_locked",
    "account_expired",
    "logon_hours",
    "workstation_restricted",
  ] as const) {
    assert.equal(await judged("password_must_change", problem), problem);
  }
  assert.equal(await judged("password_must_change"), "accepted");
  assert.equal(await judged("password_expired"), "accepted");
  const unreadable = { kind: "unavailable", fault: "directory_refused" } as const;
  assert.equal((await logIn(der, { judged: unreadable })).end, "unavailable: directory_refused");
});

test("revoked is denied, whoever it was; unknown is no denial, and lets somebody in only by a setting", async () => {
  const { der } = await issue(principalExtension("ada@example.test"));
  assert.equal((await logIn(der, { revocation: "revoked" })).end, "certificate_revoked");
  assert.equal((await logIn(der, { revocation: "revoked", find: {} })).end, "certificate_revoked");
  const accept = { whenUnknown: "accept" } as const;
  assert.equal((await logIn(der, { revocation: "revoked", options: accept })).end, "certificate_revoked");
  assert.equal((await logIn(der, { revocation: "unknown" })).end, "returned: revocation_unknown");
  assert.equal((await logIn(der, { revocation: "unknown", options: accept })).end, "accepted");
});

test("a pattern takes a whole value of a whole subject, and nothing that would have to be escaped", async () => {
  const names = async (subject: string): Promise<readonly AccountKey[]> => {
    const { der } = await authority.issue({ subject });
    return (await logIn(der, { order: ["subject"], find: {} })).asked;
  };
  assert.deepEqual(await names("/O=Example/CN=grace"), [{ by: "name", text: "grace" }]);
  assert.deepEqual(await names("/CN=grace"), [{ by: "name", text: "grace" }]);
  for (const hostile of [
    "/O=Elsewhere/CN=grace",
    "/O=Example/OU=x/CN=grace",
    "/O=Example/CN=x/CN=grace",
    "/O=Example/CN=grace,O=Example",
    "/O=Example,CN=grace/CN=x",
    '/O=Example/CN="grace"',
  ]) {
    assert.deepEqual(await names(hostile), [], hostile);
  }
});
