/**
 * Who is revoked, as OpenSSL's responders say it, and as servers say it that lie, hang or are gone.
 */

import assert from "node:assert/strict";
import { mkdtemp, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import {
  createCertificateAuthority,
  personExtensions,
  responderPort,
} from "../../support/certificate-authority.ts";
import type { CertificateAuthority, IssuedCertificate } from "../../support/certificate-authority.ts";
import { findFreeAddress } from "../../support/loopback.ts";
import { runCommand } from "../../support/run-command.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";
import { createChecker as createCheckerOf, serve } from "./revocation-checker.ts";
import type { Checker, CheckerOptions } from "./revocation-checker.ts";

const hourMs = 3_600_000;

let scratch: Scratch;
let authority: CertificateAuthority;

before(async () => {
  scratch = await createScratch("revocation");
  authority = await createCertificateAuthority(scratch.folder);
});
after(() => scratch[Symbol.asyncDispose]());

const elsewhere = (): Promise<string> => mkdtemp(join(scratch.folder, "elsewhere-"));
const createChecker = (options?: CheckerOptions): Promise<Checker> => createCheckerOf(authority, options);

function asking(responderUrl: string): Promise<IssuedCertificate> {
  return authority.issue({
    subject: "/CN=Ada",
    extensions: [...personExtensions, `authorityInfoAccess = OCSP;URI:${responderUrl}`],
  });
}

describe("a responder", () => {
  test("is asked once for all who log in meanwhile and afterwards, and tells who is revoked", async () => {
    await using responder = await authority.startResponder(await findFreeAddress([responderPort]));
    using checker = await createChecker({ hosts: [responder.host], nonceRequired: true });
    const [good, bad] = [await asking(responder.url), await asking(responder.url)];
    await authority.revoke(bad);
    assert.deepEqual(
      await Promise.all(Array.from({ length: 10 }, () => checker.status(good))),
      Array(10).fill("good"),
    );
    assert.equal(await checker.status(good), "good");
    assert.equal(responder.questions, 1);
    assert.equal(await checker.status(bad), "revoked");
    assert.equal(await checker.status(bad), "revoked");
    assert.deepEqual(checker.results, ["responder ok", "responder ok"]);
  });

  test("is asked again in the background before its answer ends, and everybody waits once it has ended", async () => {
    await using responder = await authority.startResponder(await findFreeAddress([responderPort]));
    let nowMs = Date.now();
    using checker = await createChecker({ wallClock: () => nowMs });
    const ada = await asking(responder.url);
    assert.equal(await checker.status(ada), "good");
    await authority.revoke(ada);
    nowMs += 0.6 * hourMs;
    assert.equal(await checker.status(ada), "good", "what still holds is used at once");
    while (checker.events.length < 2) await sleep(5);
    assert.equal(await checker.status(ada), "revoked");
  });

  test("that is gone is unknown, and not asked again by everybody who comes next", async () => {
    const nowhere = await findFreeAddress([responderPort]);
    using checker = await createChecker();
    const ada = await asking(`http://${nowhere}:${responderPort}/`);
    for (let n = 0; n < 5; n += 1) assert.equal(await checker.status(ada), "unknown");
    assert.deepEqual(checker.results, ["responder unreachable"]);
  });

  test("that is in no list of hosts is not asked, whatever the certificate says", async () => {
    await using stub = await serve((_, response) => void response.end());
    using checker = await createChecker({ hosts: ["pki.example.test", stub.host.replace(/:.*/, "")] });
    assert.equal(await checker.status(await asking(stub.url)), "unknown");
    assert.equal(await checker.status(await asking(`http://pki.example.test@${stub.host}/`)), "unknown");
    assert.equal(await checker.status(await asking("ldap:///CN=x")), "unknown");
    assert.equal(await checker.status(await asking("file:///etc/passwd")), "unknown");
    assert.equal(stub.requests, 0);
    assert.deepEqual(checker.results, ["responder host_not_allowed"]);
  });

  test("may have its answers signed by one that the authority named for it, and by nobody else", async () => {
    const named = [...personExtensions.slice(0, 2), "extendedKeyUsage = OCSPSigning"];
    const place = "http://lists.example.test/responders.crl";
    const signers = {
      good: await authority.issue({ subject: "/CN=Responder", extensions: named }),
      "not named for it": await authority.issue({ subject: "/CN=Ada" }),
      expired: await authority.issue({ subject: "/CN=Old", extensions: named, beganDaysAgo: 4, days: 2 }),
      revoked: await authority.issue({
        subject: "/CN=Stolen",
        extensions: [...named, `crlDistributionPoints = URI:${place}`],
      }),
      stranger: await createCertificateAuthority(await elsewhere(), {
        subject: "/DC=test/DC=example/CN=Example Root CA",
      }),
    };
    await authority.revoke(signers.revoked);
    const extensions = ["issuingDistributionPoint = critical, @point", "[point]", `fullname = URI:${place}`];
    const listFiles = [await authority.list({ extensions })];
    for (const [name, signer] of Object.entries(signers)) {
      await using responder = await authority.startResponder(await findFreeAddress([responderPort]), {
        signer,
      });
      using checker = await createChecker({ listFiles });
      const status = await checker.status(await asking(responder.url));
      assert.equal(status, name === "good" ? "good" : "unknown", name);
      assert.deepEqual(checker.results, [name === "good" ? "responder ok" : "responder not_signed"], name);
    }
  });

  test("that does not know the certificate is no answer, and is asked again later", async () => {
    const other = await authority.authority({ subject: "/CN=Somebody else's" });
    await using responder = await other.startResponder(await findFreeAddress([responderPort]), {
      signer: authority,
    });
    let nowMs = Date.now();
    using checker = await createChecker({ wallClock: () => nowMs });
    const ada = await asking(responder.url);
    assert.equal(await checker.status(ada), "unknown");
    nowMs += 6_000;
    assert.equal(await checker.status(ada), "unknown");
    assert.deepEqual(checker.results, ["responder not_known", "responder not_known"]);
  });

  test("cannot be played back: another question's answer is none", async () => {
    await using responder = await authority.startResponder(await findFreeAddress([responderPort]));
    let recorded: Buffer | undefined;
    await using replaying = await serve((request, response) => {
      void (async () => {
        const question = await buffer(request);
        const fresh = await fetch(responder.url, { method: "POST", body: new Uint8Array(question) });
        recorded ??= Buffer.from(await fresh.arrayBuffer());
        response.end(recorded);
      })();
    });
    const ada = await asking(replaying.url);
    using first = await createChecker();
    assert.equal(await first.status(ada), "good");
    await authority.revoke(ada);
    using second = await createChecker();
    assert.equal(await second.status(ada), "unknown");
    assert.deepEqual(second.results, ["responder other_question"]);
  });

  test("that answers without the nonce is believed while its answer holds, unless the settings say no", async () => {
    await using responder = await authority.startResponder(await findFreeAddress([responderPort]));
    const recorded: Buffer[] = [];
    await using cached = await serve((_, response) => void response.end(recorded[0]));
    const ada = await asking(cached.url);
    recorded.push(await answerWithoutNonce(responder.url, ada));
    using lenient = await createChecker();
    assert.equal(await lenient.status(ada), "good");
    using strict = await createChecker({ nonceRequired: true });
    assert.equal(await strict.status(ada), "unknown");
    using later = await createChecker({ wallClock: () => Date.now() + 2 * hourMs });
    assert.equal(await later.status(ada), "unknown");
    using earlier = await createChecker({ wallClock: () => Date.now() - hourMs });
    assert.equal(await earlier.status(ada), "unknown");
    assert.deepEqual(
      [strict, later, earlier].flatMap(({ results }) => results),
      ["responder no_nonce", "responder out_of_date", "responder out_of_date"],
    );
  });

  const broken: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    "malformed, by garbage": (_, response) => void response.end("garbage"),
    "malformed, by nothing": (_, response) => void response.end(),
    "declined, by trying later": (_, response) => void response.end(Buffer.from("30030a0103", "hex")),
    "too_large, by a flood": (_, response) => void response.end(Buffer.alloc(100_000)),
    "bad_status, by an error": (_, response) => void response.writeHead(500).end(),
    "bad_status, by a way elsewhere": (_, response) =>
      void response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
    "unreachable, by hanging up": (request) => void request.socket.destroy(),
    "timeout, by silence": () => undefined,
    "timeout, by dripping": (_, response) => {
      const drip = setInterval(() => response.write("0"), 20);
      response.once("close", () => clearInterval(drip));
    },
  };
  for (const [name, answer] of Object.entries(broken)) {
    test(`is unknown: ${name}`, async () => {
      await using stub = await serve(answer);
      using checker = await createChecker({ limits: { hosts: new Set(["*"]), timeoutMs: 400 } });
      assert.equal(await checker.status(await asking(stub.url)), "unknown");
      assert.deepEqual(checker.results, [`responder ${name.split(",")[0]}`]);
      assert.equal(stub.requests, 1);
    });
  }
});

/** OpenSSL's client can leave it out. */
async function answerWithoutNonce(url: string, certificate: IssuedCertificate): Promise<Buffer> {
  const file = join(await elsewhere(), "answer");
  const args = ["ocsp", "-issuer", authority.certificateFile, "-cert", certificate.certificateFile];
  await runCommand("openssl", [...args, "-url", url, "-no_nonce", "-noverify", "-respout", file], {
    timeoutMs: 10_000,
  });
  return readFile(file);
}
