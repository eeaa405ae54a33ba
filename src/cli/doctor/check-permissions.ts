/**
 * What a NATS user may and may not do, by trying.
 *
 * What it must be able to do is done on the real subjects, with messages that mean nothing to whoever gets them: a heartbeat of a
 * replica that says good-bye, an announce whose answer nobody reads. What it should not be able to do is tried on a connection that
 * does not exist, so that nothing is ever overheard or taken from anybody.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { ProbedServer } from "../../bus/probe-server.ts";
import { createAttemptId, isConnectionName, loginMethods } from "../../login/attempt.ts";
import type { AttemptId, ConnectionName } from "../../login/attempt.ts";
import { encodeMessage, onLoginSubject, parseMessage } from "../../protocol/messages.ts";
import type { Message } from "../../protocol/messages.ts";
import {
  allReplies,
  createProcessId,
  gatewayInbox,
  heartbeatSubject,
  isGatewayReply,
  loginSubject,
  queueGroup,
  replicaInbox,
  replySubject,
  sessionReplySubject,
} from "../../protocol/subjects.ts";
import { publishing, subscribing } from "./deed.ts";
import type { Deed } from "./deed.ts";
import { fine, found } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { neededFor, notNeededOfAudit } from "./kept-places.ts";
import type { KeptPlaces } from "./kept-places.ts";

export type Role = "connector" | "gateway";

export async function checkPermissions(
  subject: string,
  role: Role,
  connections: readonly ConnectionName[],
  server: ProbedServer,
  places: KeptPlaces,
): Promise<readonly Finding[]> {
  const missing: string[] = [];
  for (const { deed, allowed } of neededFor(places, role, nobody())) {
    if ((await allowed(server)) !== true) missing.push(deed);
  }
  for (const connection of connections) {
    for (const { deed, allowed } of needed[role](connection)) {
      if ((await allowed(server)) !== true) missing.push(`${connection}: ${deed}`);
    }
  }
  const excess: string[] = [];
  for (const { deed, allowed } of [...notNeeded[role](nobodysConnection()), ...notNeededOfAudit]) {
    if ((await allowed(server)) !== false) excess.push(deed);
  }
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const says = `the ${role}'s user may not do all that it has to`;
    const facts = missing.map((deed) => `not allowed for ${deed}`);
    findings.push(found("nats_permission_missing", "permissions", subject, says, { facts }));
  }
  if (excess.length > 0) {
    const says = `the ${role}'s user may do what it does not need`;
    const facts = excess.map((deed) => `allowed: ${deed}`);
    findings.push(found("nats_permission_excess", "permissions", subject, says, { facts }));
  }
  if (findings.length > 0) return findings;
  return [fine("permissions", subject, `the ${role}'s user may do all that it has to, and no more`)];
}

const needed: Readonly<Record<Role, (connection: ConnectionName) => readonly Deed[]>> = {
  connector: (connection) => [
    ...loginMethods.map((method) =>
      publishing(
        "tell the gateways that it lives",
        heartbeatSubject(connection, method),
        encodeMessage(goodbye(connection)),
      ),
    ),
    publishing("answer a gateway", sessionReplySubject(gatewayInbox(connection, nobody(), 1))),
    subscribing("listen on its own inbox", replicaInbox(connection, nobody(), 1)),
    ...loginMethods.map((method) => takingAnnounces(connection, loginSubject(connection, method))),
  ],
  gateway: (connection) => [
    subscribing("listen on its own inbox", allReplies(gatewayInbox(connection, nobody(), 1))),
    ...loginMethods.flatMap((method) => [
      subscribing("hear the connectors", heartbeatSubject(connection, method)),
      // Whoever takes it answers into the void, and its slot is free again in a moment.
      publishing(
        "announce a login",
        loginSubject(connection, method),
        encodeMessage({ v: 1, type: "announce", attempt: newAttempt(), method, remainingMs: 1 }),
        replySubject(gatewayInbox(connection, nobody(), 1), newAttempt(), "announce"),
      ),
    ]),
    publishing("write to a connector", replicaInbox(connection, nobody(), 1)),
  ],
};

const notNeeded: Readonly<Record<Role, (connection: ConnectionName) => readonly Deed[]>> = {
  connector: (connection) => [
    publishing("announce a login", loginSubject(connection, "password")),
    publishing("write to a connector", replicaInbox(connection, nobody(), 1)),
    subscribing("read what gateways are answered", allReplies(gatewayInbox(connection, nobody(), 1))),
    subscribing("overhear all announces", loginSubject(connection, "password")),
    everything,
  ],
  gateway: (connection) => [
    subscribing("read what connectors are sent", replicaInbox(connection, nobody(), 1)),
    {
      deed: "take an announced login",
      allowed: (server) => server.maySubscribe(loginSubject(connection, "password"), queueGroup),
    },
    publishing("pose as a connector", heartbeatSubject(connection, "password")),
    publishing("answer in a connector's place", sessionReplySubject(gatewayInbox(connection, nobody(), 1))),
    everything,
  ],
};

const everything: Deed = subscribing("listen to everything", ">");

function takingAnnounces(connection: ConnectionName, subject: string): Deed {
  return {
    deed: `take announces (${subject}, queue ${queueGroup})`,
    allowed: (server) =>
      server.maySubscribe(subject, queueGroup, (payload, reply) =>
        handBack(server, connection, payload, reply),
      ),
  };
}

/** An announce that came in that moment is for somebody else: declined at once, the gateway asks the next one. */
function handBack(
  server: ProbedServer,
  connection: ConnectionName,
  payload: Uint8Array,
  reply: string | undefined,
): void {
  const parsed = parseMessage(onLoginSubject, payload);
  if (!parsed.ok || reply === undefined || !isGatewayReply(reply, connection)) return;
  const { attempt } = parsed.message;
  server.publish(
    reply,
    encodeMessage({ v: 1, type: "decline", attempt, replica: nobody(), why: "not_ready" }),
  );
}

function goodbye(connection: ConnectionName): Message {
  const replica = nobody();
  return {
    v: 1,
    type: "heartbeat",
    replica,
    inbox: replicaInbox(connection, replica, 1),
    certificate: newAttempt(),
    state: "draining",
    freeSlots: 0,
  };
}

/** As good as any 128 random bits. */
function newAttempt(): AttemptId {
  return createAttemptId(randomBytes);
}

function nobody(): ReturnType<typeof createProcessId> {
  return createProcessId(randomBytes);
}

function nobodysConnection(): ConnectionName {
  const name = `doctor-${randomBytes(6).toString("hex")}`;
  if (!isConnectionName(name)) throw new Error("not a connection's name");
  return name;
}
