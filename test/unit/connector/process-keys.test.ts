import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { AcceptedSessions } from "../../../src/connector/accepted-sessions.ts";
import { createProcessKeys } from "../../../src/connector/process-keys.ts";
import { openCertificate } from "../../../src/protocol/certificate.ts";
import { offerSession } from "../../../src/protocol/session.ts";
import { createProcessId } from "../../../src/protocol/subjects.ts";
import { createIdentityPair } from "../../support/identity-pair.ts";
import { sessionAgeMaxMs } from "../../../src/protocol/timing.ts";
import { corp } from "../../support/memory-system.ts";

async function setUp() {
  const [connector, gateway] = await Promise.all([createIdentityPair(), createIdentityPair()]);
  const replica = createProcessId(randomBytes);
  const keys = await createProcessKeys(replica, new Map([[corp, connector.identity]]), Date.now);
  const clock = { ms: 0, now: () => clock.ms };
  const sessions = new AcceptedSessions(corp, replica, keys, gateway.pins, clock.now);
  const offer = async (
    { id, signed }: ReturnType<typeof keys.current>,
    gatewayProcess = createProcessId(randomBytes),
    identity = gateway.identity,
  ) => {
    const certificate = await openCertificate(
      signed,
      { connection: corp, replica, id },
      connector.pins,
      Date.now(),
    );
    assert.ok(certificate !== undefined);
    const parties = { connection: corp, gateway: gatewayProcess, certificate };
    return offerSession(parties, identity, randomBytes);
  };
  return { keys, sessions, offer, clock, gateway, connector, replica };
}

test("after one rotation the key before is still good, after two it is forgotten, and with it its sessions", async () => {
  const { keys, sessions, offer } = await setUp();
  const first = keys.current(corp);
  const offered = await offer(first);
  assert.notEqual(typeof (await sessions.accept(offered.offer)), "string");

  await keys.rotate();
  sessions.sweep();
  assert.notEqual(keys.current(corp).id, first.id);
  assert.equal(keys.find(corp, first.id), first.signed);
  assert.ok(sessions.find(offered.session.id) !== undefined);
  const late = await offer(first);
  assert.notEqual(typeof (await sessions.accept(late.offer)), "string");

  await keys.rotate();
  sessions.sweep();
  assert.equal(keys.find(corp, first.id), undefined);
  assert.equal(sessions.find(offered.session.id), undefined);
  assert.equal(
    await sessions.accept(late.offer),
    "refused",
    "what was sealed for a forgotten key opens for nobody",
  );
});

test("a recorded offer is accepted once", async () => {
  const { keys, sessions, offer } = await setUp();
  const { offer: recorded } = await offer(keys.current(corp));
  assert.notEqual(typeof (await sessions.accept(recorded)), "string");
  assert.equal(await sessions.accept(recorded), "refused");
});

test("a session ends at its age, though its key and both processes live on, and its offer does not bring it back", async () => {
  const { keys, sessions, offer, clock } = await setUp();
  const { offer: recorded, session } = await offer(keys.current(corp));
  await sessions.accept(recorded);
  clock.ms = sessionAgeMaxMs - 1;
  assert.ok(sessions.find(session.id) !== undefined);
  clock.ms = sessionAgeMaxMs;
  assert.equal(sessions.find(session.id), undefined);
  sessions.sweep();
  assert.equal(await sessions.accept(recorded), "refused");
});

test("a gateway process holds its eight newest sessions, and an offer of one that made room is not accepted again", async () => {
  const { keys, sessions, offer } = await setUp();
  const [one, other] = [createProcessId(randomBytes), createProcessId(randomBytes)];
  const offers = [];
  for (let count = 0; count < 9; count += 1) offers.push(await offer(keys.current(corp), one));
  const others = await offer(keys.current(corp), other);
  for (const offered of [others, ...offers]) await sessions.accept(offered.offer);
  const [first, ...rest] = offers;
  assert.ok(first !== undefined);
  assert.equal(sessions.find(first.session.id), undefined);
  for (const { session } of [others, ...rest]) assert.ok(sessions.find(session.id) !== undefined);
  assert.equal(await sessions.accept(first.offer), "refused");
});

test("a gateway whose key is taken out of the pins has no session any more, and gets none; the others keep theirs", async () => {
  const { keys, sessions, offer, gateway } = await setUp();
  const other = await createIdentityPair();
  const both = new Map([...gateway.pins, ...other.pins]);
  sessions.renewPins(both);
  const revoked = await offer(keys.current(corp));
  const kept = await offer(keys.current(corp), createProcessId(randomBytes), other.identity);
  for (const offered of [revoked, kept]) await sessions.accept(offered.offer);
  const late = await offer(keys.current(corp));
  const underway = sessions.accept(late.offer);
  sessions.renewPins(other.pins);
  assert.equal(sessions.find(revoked.session.id), undefined);
  assert.ok(sessions.find(kept.session.id) !== undefined);
  assert.equal(await underway, "refused", "accepted by pins that were gone when it was");
  assert.equal(await sessions.accept((await offer(keys.current(corp))).offer), "refused");
});

test("another identity key certifies the same key pair: what was shown before is still good, and so are its sessions", async () => {
  const { keys, sessions, offer, connector, replica } = await setUp();
  const before = keys.current(corp);
  const offered = await offer(before);
  await sessions.accept(offered.offer);
  const next = await createIdentityPair();
  await keys.renewIdentity(corp, next.identity);
  const now = keys.current(corp);
  assert.notEqual(now.id, before.id);
  const open = (pins: typeof next.pins, { id, signed }: typeof now) =>
    openCertificate(signed, { connection: corp, replica, id }, pins, Date.now());
  assert.equal(await open(connector.pins, now), undefined);
  assert.equal((await open(next.pins, now))?.signedBy, next.identity.id);
  assert.equal(keys.find(corp, before.id), before.signed);
  assert.equal(keys.keyPair(now.id), keys.keyPair(before.id));
  assert.ok(sessions.find(offered.session.id) !== undefined);
  await keys.rotate();
  assert.ok(
    (await open(next.pins, keys.current(corp))) !== undefined,
    "the hourly key is certified by the old identity",
  );
});
