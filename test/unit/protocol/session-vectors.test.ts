/**
 * A certificate, a session set-up and sealed messages that were recorded with version 1: whatever changes, they must still open, and
 * what is sealed again must come out the same.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { isAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import { createCertificate, openCertificate, suite } from "../../../src/protocol/certificate.ts";
import { importIdentityKey, importPinnedKeys } from "../../../src/protocol/identity-key.ts";
import { onGatewayInbox, onReplicaInbox } from "../../../src/protocol/messages.ts";
import { acceptSession } from "../../../src/protocol/session.ts";
import { isProcessId } from "../../../src/protocol/subjects.ts";

const pair = z.object({ privateKey: z.string(), publicKey: z.string() });
const sealed = z.array(z.object({ body: z.record(z.string(), z.unknown()), message: z.unknown() }));
const vectors = z
  .object({
    connection: z.string().refine(isConnectionName),
    replica: z.string().refine(isProcessId),
    gateway: z.string().refine(isProcessId),
    attempt: z.string().refine(isAttemptId),
    connectorIdentity: pair,
    gatewayIdentity: pair,
    processKey: z.object({ private: z.base64url(), public: z.base64url() }),
    certificate: z.object({
      id: z.string(),
      signed: z.string(),
      signedBy: z.string(),
      expiresAt: z.iso.datetime(),
    }),
    offer: z.object({ signed: z.string(), signedBy: z.string(), session: z.string() }),
    toReplica: sealed,
    toGateway: sealed,
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/session-v1.json"), "utf8")));

const { connection, replica, gateway, attempt, certificate, offer } = vectors;
const expiresAtMs = Date.parse(certificate.expiresAt);

async function processKeyPair() {
  const bytes = { private: vectors.processKey.private, public: vectors.processKey.public };
  return {
    privateKey: await suite.DeserializePrivateKey(Buffer.from(bytes.private, "base64url"), true),
    publicKey: await suite.DeserializePublicKey(Buffer.from(bytes.public, "base64url")),
  };
}

async function acceptRecorded() {
  const pins = await importPinnedKeys([vectors.gatewayIdentity.publicKey]);
  const keys = await processKeyPair();
  const keyOf = (id: string) => (id === certificate.id ? keys : undefined);
  const accepted = await acceptSession(offer.signed, { connection, replica }, keyOf, pins);
  assert.ok(accepted !== undefined);
  return accepted;
}

test("the recorded certificate is still believed, and made again it is the same to the bit", async () => {
  const pins = await importPinnedKeys([vectors.connectorIdentity.publicKey]);
  const expected = { connection, replica, id: certificate.id };
  const opened = await openCertificate(certificate.signed, expected, pins, expiresAtMs);
  assert.equal(opened?.signedBy, certificate.signedBy);
  assert.equal(
    Buffer.from(await suite.SerializePublicKey(opened.key)).toString("base64url"),
    vectors.processKey.public,
  );
  const identity = await importIdentityKey(vectors.connectorIdentity.privateKey);
  const again = await createCertificate(connection, replica, opened.key, identity, expiresAtMs);
  assert.deepEqual(again, { id: certificate.id, signed: certificate.signed });
});

test("the recorded set-up still makes a session, and the recorded messages to the replica open in it", async () => {
  const { session, signedBy, certificate: setUpWith } = await acceptRecorded();
  assert.deepEqual(
    [session.id, session.peer, signedBy, setUpWith],
    [offer.session, gateway, offer.signedBy, certificate.id],
  );
  assert.ok(vectors.toReplica.length > 0);
  for (const { body, message } of vectors.toReplica) {
    const parsed = onReplicaInbox.parse(message);
    assert.ok(parsed.type === "sealed");
    assert.deepEqual(session.open(parsed, z.unknown()), { ok: true, body });
  }
});

test("what a replica says in the recorded session is the recorded message to the bit, so that its gateway opens it", async () => {
  const { session } = await acceptRecorded();
  assert.ok(vectors.toGateway.length > 0);
  for (const { body, message } of vectors.toGateway) {
    assert.deepEqual(session.seal(attempt, body), onGatewayInbox.parse(message));
  }
});
