/**
 * The gateway's end of the sessions, against a replica that answers in the same process: when they are renewed, and when they end.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AcceptedSessions } from "../../../src/connector/accepted-sessions.ts";
import { createProcessKeys } from "../../../src/connector/process-keys.ts";
import { OpenedSessions } from "../../../src/gateway/opened-sessions.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import type { Message } from "../../../src/protocol/messages.ts";
import { sessionMessagesMax } from "../../../src/protocol/session.ts";
import type { Session } from "../../../src/protocol/session.ts";
import { createProcessId, replicaInbox } from "../../../src/protocol/subjects.ts";
import { sessionAgeMaxMs, sessionRenewedAfterMs } from "../../../src/protocol/timing.ts";
import { createIdentityPair } from "../../support/identity-pair.ts";
import { corp } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";

async function setUp() {
  const [connector, gateway] = await Promise.all([createIdentityPair(), createIdentityPair()]);
  const replica = createProcessId(randomBytes);
  const clock = { ms: 0, now: () => clock.ms };
  const keys = await createProcessKeys(replica, new Map([[corp, connector.identity]]), Date.now);
  const accepted = new AcceptedSessions(corp, replica, keys, gateway.pins, clock.now);
  const { events, seen } = recordEvents();
  const opened = new OpenedSessions({
    connection: corp,
    gateway: createProcessId(randomBytes),
    identity: gateway.identity,
    connectorKeys: connector.pins,
    events,
    now: clock.now,
    wallClock: Date.now,
    randomBytes,
    send(_, message) {
      void answer(message);
      return true;
    },
  });
  /** As `connection-server.ts` does. */
  async function answer(message: Message): Promise<void> {
    if (message.type === "certificate_request") {
      const certificate = keys.find(corp, message.certificate);
      if (certificate !== undefined) opened.receive({ v: 1, type: "certificate", replica, certificate });
    }
    if (message.type !== "session_offer") return;
    const session = await accepted.accept(message.offer);
    if (typeof session !== "string")
      opened.receive({ v: 1, type: "session_state", replica, session: session.id, known: true });
  }
  const obtain = () => {
    const certificate = keys.current(corp).id;
    return opened.obtain({ replica, inbox: replicaInbox(corp, replica, 1), certificate });
  };
  /** Another one than before. Setting it up fails where this process gets no time for half a second; then it is tried again. */
  const obtainNext = async (before: Session | undefined) => {
    for (;;) {
      const next = await obtain();
      if (next !== undefined && next !== before) return next;
      await sleep(1);
      clock.ms += 1;
    }
  };
  return { connector, gateway, replica, clock, keys, accepted, opened, obtain, obtainNext, seen };
}

const body = z.strictObject({ type: z.literal("grant") });
const attempt = createAttemptId(randomBytes);

test("a session is renewed in time while the one before serves, and that one opens late messages until its own end", async () => {
  const { clock, obtain, obtainNext, opened, accepted } = await setUp();
  const first = await obtainNext(undefined);
  const openedAtMs = clock.ms;
  clock.ms = openedAtMs + sessionRenewedAfterMs - 1;
  assert.equal(await obtain(), first);
  clock.ms = openedAtMs + sessionRenewedAfterMs;
  assert.equal(await obtain(), first, "the login must not wait for the next one");
  const second = await obtainNext(first);
  assert.ok(accepted.find(second.id) !== undefined);
  const late = accepted.find(first.id)?.seal(attempt, { type: "grant" });
  assert.ok(late !== undefined);
  assert.equal(opened.find(first.id)?.open(late, body).ok, true);
  clock.ms = openedAtMs + sessionAgeMaxMs;
  assert.equal(opened.find(first.id), undefined);
  assert.equal(accepted.find(first.id), undefined);
  assert.equal(await obtain(), second);
});

test("a session that was not used for longer than its age is not used again", async () => {
  const { clock, obtainNext } = await setUp();
  const first = await obtainNext(undefined);
  clock.ms += sessionAgeMaxMs;
  const second = await obtainNext(undefined);
  assert.notEqual(second, first);
});

test("a session ends after so many messages, and is renewed at half of them", async () => {
  const { obtain, obtainNext, accepted, opened } = await setUp();
  const first = await obtainNext(undefined);
  for (let n = 0; n < sessionMessagesMax / 2; n += 1) first.seal(attempt, {});
  assert.equal(await obtain(), first);
  await obtainNext(first);
  for (let n = sessionMessagesMax / 2; n < sessionMessagesMax; n += 1) first.seal(attempt, {});
  assert.throws(() => first.seal(attempt, {}), /ended/);
  assert.equal(opened.find(first.id), undefined);
  const beyond = {
    v: 1,
    type: "sealed",
    attempt,
    session: first.id,
    n: sessionMessagesMax,
    box: "A".repeat(40),
  } as const;
  assert.deepEqual(accepted.find(first.id)?.open(beyond, body), { ok: false, why: "not_opened" });
});

test("with another identity key the gateway sets its sessions up anew, before the old key is believed no more", async () => {
  const { gateway, obtainNext, opened, accepted } = await setUp();
  const first = await obtainNext(undefined);
  const next = await createIdentityPair();
  accepted.renewPins(new Map([...gateway.pins, ...next.pins]));
  opened.renewIdentity(next.identity);
  const second = await obtainNext(first);
  accepted.renewPins(next.pins);
  assert.equal(accepted.find(first.id), undefined);
  assert.ok(accepted.find(second.id) !== undefined);
});

test("a replica whose key is taken out of the pins is refused from that moment, and what it sealed is not opened", async () => {
  const { obtain, obtainNext, opened, seen } = await setUp();
  const first = await obtainNext(undefined);
  opened.renewPins((await createIdentityPair()).pins);
  assert.equal(opened.find(first.id), undefined);
  assert.equal(await obtain(), undefined);
  assert.equal(seen.findLast(({ name }) => name === "sessionRefused")?.fields["why"], "bad_certificate");
});
