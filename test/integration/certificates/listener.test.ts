/**
 * The port that asks who connects for a certificate: what reaches a login of it, in each version of TLS.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:tls";
import type { SecureVersion, TLSSocket } from "node:tls";
import { after, before, test } from "node:test";
import { createApiCallers } from "../../../src/gateway/http/api-callers.ts";
import { trustedProxies } from "../../../src/gateway/http/client-certificate.ts";
import { startHttpServer } from "../../../src/gateway/http/server.ts";
import type { HttpServer } from "../../../src/gateway/http/server.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import type { Attempt, CertificateAttempt } from "../../../src/login/attempt.ts";
import type { Verdict } from "../../../src/login/verdict.ts";
import { createCertificateAuthority } from "../../support/certificate-authority.ts";
import type { CertificateAuthority, IssuedCertificate } from "../../support/certificate-authority.ts";
import { connectionName } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";

const host = "127.0.0.1";
const verdict: Verdict = { outcome: "denied", reason: "certificate_untrusted" };

let scratch: Scratch;
let root: CertificateAuthority;
let middle: CertificateAuthority;
let ada: IssuedCertificate;
let server: HttpServer;
const attempts: CertificateAttempt[] = [];

before(async () => {
  scratch = await createScratch("listener");
  root = await createCertificateAuthority(scratch.folder);
  middle = await root.authority({ subject: "/CN=Middle" });
  ada = await middle.issue({ subject: "/CN=Ada" });
  const own = await root.issue({ subject: "/CN=gateway", extensions: [`subjectAltName = IP:${host}`] });
  const { events } = recordEvents();
  const common = {
    authenticate: async (attempt: Attempt) => {
      if (attempt.method === "certificate") attempts.push(attempt);
      return verdict;
    },
    connections: new Set([connectionName("corp")]),
    disclosure: "proven" as const,
    loginDeadlineMs: 1_000,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events,
  };
  server = await startHttpServer({
    ...common,
    host,
    port: 0,
    tls: { cert: own.pem, key: await readFile(own.keyFile, "utf8"), asksForCertificate: true },
    trustedProxies: [],
    operate: () => Promise.reject(new Error("no operation is asked for here")),
    callers: createApiCallers([]),
    certificateLogins: { ...common, certificateProxies: trustedProxies([]) },
  });
});
after(async () => {
  await server.close();
  await scratch[Symbol.asyncDispose]();
});

interface Handshake {
  readonly version: SecureVersion;
  readonly shown: readonly IssuedCertificate[];
  /** Of an earlier connection. */
  readonly session?: Buffer;
}

/** Resolves with the answer's status line, when the server has hung up. */
async function post({ version, shown, session }: Handshake) {
  const [own] = shown;
  const socket: TLSSocket = connect({
    host,
    port: server.port,
    ca: root.pem,
    minVersion: version,
    maxVersion: version,
    ...(own && { cert: shown.map(({ pem }) => pem).join("\n"), key: await readFile(own.keyFile, "utf8") }),
    ...(session && { session }),
  });
  const sessions: Buffer[] = [];
  socket.on("session", (one: Buffer) => sessions.push(one));
  await once(socket, "secureConnect");
  const isResumed = socket.isSessionReused();
  sessions.push(...[socket.getSession()].filter((one) => one !== undefined));
  socket.write(
    `POST /v1/login/certificate HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  );
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return { text, sessions, isResumed };
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${version}: a login has the certificate, and those that came with it, though nobody here knows their authority`, async () => {
    attempts.length = 0;
    const { text } = await post({ version, shown: [ada, middle] });
    assert.match(text, /^HTTP\/1\.1 401 .*"outcome":"denied"/s);
    const [attempt] = attempts;
    assert.ok(attempt !== undefined);
    assert.deepEqual(attempt.proof, { by: "gateway" });
    assert.ok(attempt.certificate.equals(ada.der));
    assert.deepEqual(attempt.chain, [middle.der]);
  });

  test(`${version}: no connection rests on another one's handshake: each proves the key, and brings its certificates`, async () => {
    attempts.length = 0;
    const first = await post({ version, shown: [ada, middle] });
    assert.ok(first.sessions.length > 0);
    for (const session of first.sessions) {
      const again = await post({ version, shown: [ada, middle], session });
      assert.equal(again.isResumed, false);
      // Whoever stole a session has no key, and shows no certificate.
      const thief = await post({ version, shown: [], session });
      assert.match(thief.text, /^HTTP\/1\.1 401 .*no_client_certificate/s);
    }
    assert.ok(attempts.length >= 2);
    for (const { chain } of attempts) assert.deepEqual(chain, [middle.der]);
  });

  test(`${version}: who has no certificate can connect, and log in by other means`, async () => {
    const { text } = await post({ version, shown: [] });
    assert.match(text, /^HTTP\/1\.1 401 .*no_client_certificate/s);
  });

  test(`${version}: a certificate without its key gets no connection`, async () => {
    const other = await root.issue({ subject: "/CN=Mallory" });
    const stolen = { ...ada, keyFile: other.keyFile };
    await assert.rejects(post({ version, shown: [stolen] }));
  });
}

test("with a renewed certificate of its own it still asks for one, and still resumes nothing", async () => {
  const renewed = await root.issue({ subject: "/CN=gateway", extensions: [`subjectAltName = IP:${host}`] });
  server.renewTls({ cert: renewed.pem, key: await readFile(renewed.keyFile, "utf8") });
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    attempts.length = 0;
    const { sessions } = await post({ version, shown: [ada, middle] });
    const again = await post({ version, shown: [ada, middle], session: sessions.at(-1) ?? Buffer.alloc(0) });
    assert.equal(again.isResumed, false);
    assert.deepEqual(
      attempts.map(({ chain }) => chain),
      [[middle.der], [middle.der]],
    );
  }
});

test("more certificates than a login may bring are no login", async () => {
  let last = middle;
  const chain: CertificateAuthority[] = [];
  for (let n = 0; n < 7; n += 1) {
    last = await last.authority({ subject: `/CN=Level ${n}` });
    chain.unshift(last);
  }
  attempts.length = 0;
  const { text } = await post({
    version: "TLSv1.3",
    shown: [await last.issue({ subject: "/CN=Deep" }), ...chain, middle],
  });
  assert.match(text, /^HTTP\/1\.1 401/);
  // What is nearest to the person's own is taken.
  assert.deepEqual(
    attempts[0]?.chain,
    chain.slice(0, 6).map(({ der }) => der),
  );
});
