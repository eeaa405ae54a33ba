import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { AcceptedSessions } from "../../../src/connector/accepted-sessions.ts";
import { createProcessKeys } from "../../../src/connector/process-keys.ts";
import { openCertificate } from "../../../src/protocol/certificate.ts";
import { offerSession } from "../../../src/protocol/session.ts";
import { createProcessId } from "../../../src/protocol/subjects.ts";
import { createIdentityPair } from "../../support/identity-pair.ts";
import { corp } from "../../support/memory-system.ts";

async function setUp() {
  const [connector, gateway] = await Promise.all([createIdentityPair(), createIdentityPair()]);
  const replica = createProcessId(randomBytes);
  const keys = await createProcessKeys(replica, new Map([[corp, connector.identity]]), Date.now);
  const sessions = new AcceptedSessions(corp, replica, keys, gateway.pins);
  const offer = async ({ id, signed }: ReturnType<typeof keys.current>) => {
    const certificate = await openCertificate(
      signed,
      { connection: corp, replica, id },
      connector.pins,
      Date.now(),
    );
    assert.ok(certificate !== undefined);
    const parties = { connection: corp, gateway: createProcessId(randomBytes), certificate };
    return offerSession(parties, gateway.identity, randomBytes);
  };
  return { keys, sessions, offer };
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
