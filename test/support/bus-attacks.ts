/**
 * What a participant of the bus with a stolen credential and a recording of one login can try, and where it must be counted.
 *
 * @module
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { NatsConnection } from "nats";
import { isConnectionName } from "../../src/login/attempt.ts";
import type { ConnectionName } from "../../src/login/attempt.ts";
import { createCertificate, openCertificate, suite } from "../../src/protocol/certificate.ts";
import type { PinnedKeys } from "../../src/protocol/identity-key.ts";
import { offerSession } from "../../src/protocol/session.ts";
import { createProcessId, isProcessId } from "../../src/protocol/subjects.ts";
import { createIdentityPair } from "./identity-pair.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A message that was seen on the bus. */
export interface Recorded {
  readonly subject: string;
  readonly reply: string;
  readonly message: Json;
}

/** What a thief has: the credential, and everything that the bus carried in one login. */
export interface Loot {
  readonly attacker: NatsConnection;
  readonly connectorPins: PinnedKeys;
  readonly announce: Recorded;
  readonly claim: Recorded;
  readonly offer: Recorded;
  readonly grant: Recorded;
  readonly verdict: Recorded;
  readonly heartbeat: Recorded;
}

export interface Attack {
  readonly deed: string;
  /** Whose credential was stolen. */
  readonly by: "connector" | "gateway";
  readonly act: (loot: Loot) => Promise<void> | void;
  /** Labels of the refusal that is to be counted, on whom. */
  readonly counted: readonly [
    who: "gateway" | "replica",
    metric: "messages" | "sessions",
    labels: Record<string, string>,
  ];
}

export const id = (): string => randomBytes(16).toString("base64url");
export const accepted = {
  outcome: "accepted",
  identity: { subject: "u1", username: "u1", profile: {}, groups: [] },
};

export function send(
  { attacker }: Loot,
  subject: string,
  payload: Json | Buffer | string,
  reply?: string,
): void {
  const data = Buffer.isBuffer(payload) || typeof payload === "string" ? payload : JSON.stringify(payload);
  attacker.publish(subject, data, reply === undefined ? {} : { reply });
}

const changed = (box: unknown): string => {
  const text = String(box);
  return `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;
};

const notOpened = { kind: "session", why: "not_opened" };
const toGateway = (why: string) => ["gateway", "messages", { kind: "gateway", why }] as const;
const toReplica = (why: string) => ["replica", "messages", { kind: "replica", why }] as const;

export const attacks: readonly Attack[] = [
  {
    deed: "says accepted in clear",
    by: "connector",
    act: (loot) =>
      send(loot, loot.verdict.subject, {
        v: 1,
        type: "verdict",
        attempt: loot.verdict.message["attempt"],
        verdict: accepted,
      }),
    counted: toGateway("malformed"),
  },
  {
    deed: "seals a verdict in a session of its own making",
    by: "connector",
    act: (loot) => send(loot, loot.verdict.subject, { ...loot.verdict.message, session: id() }),
    counted: ["gateway", "messages", notOpened],
  },
  {
    deed: "plays a verdict again",
    by: "connector",
    act: (loot) => send(loot, loot.verdict.subject, loot.verdict.message),
    counted: ["gateway", "messages", { kind: "session", why: "replayed" }],
  },
  {
    deed: "binds a verdict to another attempt",
    by: "connector",
    act: (loot) =>
      send(loot, loot.verdict.subject, {
        ...loot.verdict.message,
        attempt: id(),
        n: Number(loot.verdict.message["n"]) + 1_000,
      }),
    counted: ["gateway", "messages", notOpened],
  },
  {
    deed: "gives a verdict a later number",
    by: "connector",
    act: (loot) =>
      send(loot, loot.verdict.subject, {
        ...loot.verdict.message,
        n: Number(loot.verdict.message["n"]) + 1_000,
      }),
    counted: ["gateway", "messages", notOpened],
  },
  {
    deed: "truncates a verdict",
    by: "connector",
    act: (loot) =>
      send(loot, loot.verdict.subject, {
        ...loot.verdict.message,
        n: 10 ** 6,
        box: String(loot.verdict.message["box"]).slice(0, 20),
      }),
    counted: ["gateway", "messages", notOpened],
  },
  {
    deed: "empties a verdict",
    by: "connector",
    act: (loot) => send(loot, loot.verdict.subject, { ...loot.verdict.message, n: 10 ** 6, box: "" }),
    counted: ["gateway", "messages", notOpened],
  },
  {
    deed: "changes one character of a verdict",
    by: "connector",
    act: (loot) =>
      send(loot, loot.verdict.subject, {
        ...loot.verdict.message,
        n: 10 ** 6,
        box: changed(loot.verdict.message["box"]),
      }),
    counted: ["gateway", "messages", notOpened],
  },
  {
    deed: "sends the gateway's own grant back as an answer",
    by: "connector",
    act: (loot) => send(loot, loot.verdict.subject, { ...loot.grant.message, n: 10 ** 6 }),
    counted: ["gateway", "messages", notOpened],
  },
  {
    deed: "turns an earlier message into a later one",
    by: "connector",
    act: (loot) => send(loot, loot.verdict.subject, { ...loot.verdict.message, n: 0 }),
    counted: ["gateway", "messages", { kind: "session", why: "replayed" }],
  },
  {
    deed: "claims with an inbox that is somebody else's",
    by: "connector",
    act: (loot) =>
      send(loot, loot.claim.subject, { ...loot.claim.message, replica: createProcessId(randomBytes) }),
    counted: toGateway("bad_inbox"),
  },
  {
    deed: "claims without an inbox on the bus",
    by: "connector",
    act: (loot) => send(loot, loot.claim.subject, { ...loot.claim.message, inbox: "$SYS.REQ.SERVER.PING" }),
    counted: toGateway("bad_inbox"),
  },
  {
    deed: "beats for a replica with an inbox elsewhere",
    by: "connector",
    act: (loot) =>
      send(loot, loot.heartbeat.subject, { ...loot.heartbeat.message, inbox: "drawbridge.v1.corp.login" }),
    counted: ["gateway", "messages", { kind: "heartbeat", why: "bad_inbox" }],
  },
  {
    deed: "beats without a certificate to show",
    by: "connector",
    act: async (loot) => {
      const replica = createProcessId(randomBytes);
      const inbox = `drawbridge.v1.corp.replica.${replica}.1`;
      send(loot, loot.heartbeat.subject, { ...loot.heartbeat.message, replica, inbox, certificate: id() });
    },
    counted: ["gateway", "sessions", { why: "no_certificate" }],
  },
  {
    deed: "beats with a certificate that it signed itself",
    by: "connector",
    act: showOwnCertificate,
    counted: ["gateway", "sessions", { why: "bad_certificate" }],
  },
  {
    deed: "speaks another version to the gateway",
    by: "connector",
    act: (loot) => send(loot, loot.claim.subject, { ...loot.claim.message, v: 2 }),
    counted: toGateway("malformed"),
  },
  {
    deed: "adds a field to a claim",
    by: "connector",
    act: (loot) => send(loot, loot.claim.subject, { ...loot.claim.message, admin: true }),
    counted: toGateway("malformed"),
  },
  {
    deed: "sends the gateway deeply nested JSON",
    by: "connector",
    act: (loot) => send(loot, loot.claim.subject, `${"[".repeat(30_000)}${"]".repeat(30_000)}`),
    counted: toGateway("malformed"),
  },
  {
    deed: "sends the gateway invalid UTF-8",
    by: "connector",
    act: (loot) => send(loot, loot.claim.subject, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
    counted: toGateway("not_json"),
  },
  {
    deed: "pollutes prototypes with a claim",
    by: "connector",
    act: (loot) => send(loot, loot.claim.subject, `{"__proto__":{"type":"claim"},"v":1,"type":"claim"}`),
    counted: toGateway("malformed"),
  },
  {
    deed: "grants in clear",
    by: "gateway",
    act: (loot) =>
      send(
        loot,
        loot.grant.subject,
        { v: 1, type: "grant", attempt: loot.grant.message["attempt"], accountName: "u1", password: "x" },
        loot.grant.reply,
      ),
    counted: toReplica("malformed"),
  },
  {
    deed: "plays a grant again",
    by: "gateway",
    act: (loot) => send(loot, loot.grant.subject, loot.grant.message, loot.grant.reply),
    counted: ["replica", "messages", { kind: "session", why: "replayed" }],
  },
  {
    deed: "grants in a session that nobody set up",
    by: "gateway",
    act: (loot) => send(loot, loot.grant.subject, { ...loot.grant.message, session: id() }, loot.grant.reply),
    counted: ["replica", "messages", notOpened],
  },
  {
    deed: "grants another attempt with a recorded credential",
    by: "gateway",
    act: (loot) =>
      send(loot, loot.grant.subject, { ...loot.grant.message, attempt: id(), n: 10 ** 6 }, loot.grant.reply),
    counted: ["replica", "messages", notOpened],
  },
  {
    deed: "plays a session set-up again",
    by: "gateway",
    act: (loot) => send(loot, loot.offer.subject, loot.offer.message, loot.offer.reply),
    counted: ["replica", "sessions", { why: "refused" }],
  },
  {
    deed: "offers a session that it signed itself",
    by: "gateway",
    act: offerOwnSession,
    counted: ["replica", "sessions", { why: "refused" }],
  },
  {
    deed: "has the claim sent to somebody else",
    by: "gateway",
    act: (loot) =>
      send(
        loot,
        "drawbridge.v1.corp.login",
        { ...loot.announce.message, attempt: id() },
        "drawbridge.v1.corp.heartbeat",
      ),
    counted: ["replica", "messages", { kind: "announce", why: "bad_inbox" }],
  },
  {
    deed: "announces a login that waits for ever",
    by: "gateway",
    act: (loot) =>
      send(
        loot,
        "drawbridge.v1.corp.login",
        { ...loot.announce.message, remainingMs: 10 ** 12 },
        loot.announce.reply,
      ),
    counted: ["replica", "messages", { kind: "announce", why: "malformed" }],
  },
  {
    deed: "sends a replica deeply nested JSON",
    by: "gateway",
    act: (loot) =>
      send(loot, loot.grant.subject, `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, loot.grant.reply),
    counted: toReplica("malformed"),
  },
  {
    deed: "sends a replica invalid UTF-8",
    by: "gateway",
    act: (loot) => send(loot, loot.grant.subject, randomInvalid(), loot.grant.reply),
    counted: toReplica("not_json"),
  },
];

function randomInvalid(): Buffer {
  return Buffer.concat([Buffer.from([0xc3, 0x28]), randomBytes(64)]);
}

async function showOwnCertificate(loot: Loot): Promise<void> {
  const { identity } = await createIdentityPair();
  const replica = createProcessId(randomBytes);
  const key = await suite.GenerateKeyPair(false);
  const own = await createCertificate(corp(), replica, key.publicKey, identity, Date.now() + 60_000);
  const inbox = `drawbridge.v1.corp.replica.${replica}.1`;
  loot.attacker.subscribe(inbox, {
    callback: (_, { reply = "" }) =>
      send(loot, reply, { v: 1, type: "certificate", replica, certificate: own.signed }),
  });
  send(loot, loot.heartbeat.subject, { ...loot.heartbeat.message, replica, inbox, certificate: own.id });
}

async function offerOwnSession(loot: Loot): Promise<void> {
  const { attacker, claim, grant, connectorPins } = loot;
  const inbox = `drawbridge.v1.corp.gateway.${createProcessId(randomBytes)}.1`;
  const shown = Promise.withResolvers<Json>();
  attacker.subscribe(`${inbox}.*.*`, { callback: (_, message) => shown.resolve(message.json<Json>()) });
  // Any replica shows its certificate to whoever asks.
  const certificateId = String(claim.message["certificate"]);
  const reply = `${inbox}.-.session`;
  send(loot, grant.subject, { v: 1, type: "certificate_request", certificate: certificateId }, reply);
  const { certificate: signed, replica } = await shown.promise;
  assert.ok(isProcessId(replica));
  const expected = { connection: corp(), replica, id: certificateId };
  const certificate = await openCertificate(String(signed), expected, connectorPins, Date.now());
  assert.ok(certificate !== undefined);
  const { identity } = await createIdentityPair();
  const parties = { connection: corp(), gateway: createProcessId(randomBytes), certificate };
  const { offer } = await offerSession(parties, identity, randomBytes);
  send(loot, grant.subject, { v: 1, type: "session_offer", offer }, reply);
}

function corp(): ConnectionName {
  const name = "corp";
  assert.ok(isConnectionName(name));
  return name;
}
