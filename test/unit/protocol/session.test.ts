/**
 * Sessions: who can open what, and what a thief of messages or bus credentials can do with them.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { z } from "zod";
import { createAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import type { ConnectionName } from "../../../src/login/attempt.ts";
import { createCertificate, openCertificate, suite } from "../../../src/protocol/certificate.ts";
import { acceptSession, offerSession } from "../../../src/protocol/session.ts";
import type { Session } from "../../../src/protocol/session.ts";
import { createProcessId } from "../../../src/protocol/subjects.ts";
import { createIdentityPair } from "../../support/identity-pair.ts";

const body = z.strictObject({ type: z.literal("grant"), password: z.string() });
const attempt = createAttemptId(randomBytes);
const message = { type: "grant", password: "Sehr-geheim-1" } as const;

function connectionName(text: string): ConnectionName {
  assert.ok(isConnectionName(text));
  return text;
}

async function setUp(connection = connectionName("corp")) {
  const [connector, gateway] = await Promise.all([createIdentityPair(), createIdentityPair()]);
  const replica = createProcessId(randomBytes);
  const pair = await suite.GenerateKeyPair(false);
  const expiresAtMs = Date.now() + 60_000;
  const shown = await createCertificate(connection, replica, pair.publicKey, connector.identity, expiresAtMs);
  const expected = { connection, replica, id: shown.id };
  const certificate = await openCertificate(shown.signed, expected, connector.pins, Date.now());
  assert.ok(certificate !== undefined);
  const parties = { connection, gateway: createProcessId(randomBytes), certificate };
  const offered = await offerSession(parties, gateway.identity, randomBytes);
  const keyOf = (id: string) => (id === shown.id ? pair : undefined);
  return { connector, gateway, replica, shown, expected, offered, keyOf, own: { connection, replica } };
}

async function openSessions(): Promise<{ readonly gateway: Session; readonly replica: Session }> {
  const { offered, own, keyOf, gateway } = await setUp();
  const accepted = await acceptSession(offered.offer, own, keyOf, gateway.pins);
  assert.ok(accepted !== undefined);
  return { gateway: offered.session, replica: accepted.session };
}

test("what one side seals the other opens, in both directions", async () => {
  const { gateway, replica } = await openSessions();
  assert.deepEqual(replica.open(gateway.seal(attempt, message), body), { ok: true, body: message });
  assert.deepEqual(gateway.open(replica.seal(attempt, message), body), { ok: true, body: message });
});

test("a sealed message shows nothing of its body", async () => {
  const { gateway } = await openSessions();
  const wire = JSON.stringify(gateway.seal(attempt, message));
  assert.ok(!wire.includes("geheim") && !Buffer.from(wire, "base64").includes("geheim"));
});

test("the same message is opened once: a replay is refused", async () => {
  const { gateway, replica } = await openSessions();
  const sealed = gateway.seal(attempt, message);
  assert.equal(replica.open(sealed, body).ok, true);
  assert.deepEqual(replica.open(sealed, body), { ok: false, why: "replayed" });
});

test("a message moved to another attempt, session or number is refused", async () => {
  const { gateway, replica } = await openSessions();
  const sealed = gateway.seal(attempt, message);
  const forgeries = [
    { ...sealed, attempt: createAttemptId(randomBytes) },
    { ...sealed, session: randomBytes(16).toString("base64url") },
    { ...sealed, n: sealed.n + 1 },
    { ...sealed, box: sealed.box.slice(0, 8) },
    { ...sealed, box: `${sealed.box.startsWith("A") ? "B" : "A"}${sealed.box.slice(1)}` },
  ];
  for (const forged of forgeries)
    assert.deepEqual(replica.open(forged, body), { ok: false, why: "not_opened" });
  assert.equal(replica.open(sealed, body).ok, true, "the forgeries must not have used up the real one");
});

test("a grant sent back to its sender does not open as an answer", async () => {
  const { gateway } = await openSessions();
  assert.deepEqual(gateway.open(gateway.seal(attempt, message), body), { ok: false, why: "not_opened" });
});

test("an authentic message that is not what was expected is refused as malformed", async () => {
  const { gateway, replica } = await openSessions();
  const opened = replica.open(gateway.seal(attempt, { type: "verdict" }), body);
  assert.deepEqual(opened, { ok: false, why: "malformed" });
});

test("a stolen bus credential without a gateway's identity key sets up no session", async () => {
  const { offered, own, keyOf } = await setUp();
  const stranger = await createIdentityPair();
  assert.equal(await acceptSession(offered.offer, own, keyOf, stranger.pins), undefined);
});

test("a session offered for one connection or replica is refused by another", async () => {
  const { offered, own, keyOf, gateway } = await setUp();
  const elsewhere = { ...own, connection: connectionName("subsidiary") };
  const other = { ...own, replica: createProcessId(randomBytes) };
  assert.equal(await acceptSession(offered.offer, elsewhere, keyOf, gateway.pins), undefined);
  assert.equal(await acceptSession(offered.offer, other, keyOf, gateway.pins), undefined);
});

test("a certificate by a stranger, for another replica or connection, or expired, is refused", async () => {
  const { shown, expected, connector } = await setUp();
  const stranger = await createIdentityPair();
  const now = Date.now();
  const day = 24 * 60 * 60_000;
  const open = (wanted: typeof expected, pins = connector.pins, at = now) =>
    openCertificate(shown.signed, wanted, pins, at);
  assert.ok((await open(expected)) !== undefined);
  assert.equal(await open(expected, stranger.pins), undefined);
  assert.equal(await open({ ...expected, replica: createProcessId(randomBytes) }), undefined);
  assert.equal(await open({ ...expected, connection: connectionName("subsidiary") }), undefined);
  assert.equal(await open({ ...expected, id: "A".repeat(22) }), undefined);
  assert.equal(await open(expected, connector.pins, now + day), undefined);
});

test("a certificate does not pass for a session set-up: the two kinds of statement are apart", async () => {
  const { shown, own, keyOf, connector } = await setUp();
  assert.equal(await acceptSession(shown.signed, own, keyOf, connector.pins), undefined);
});
