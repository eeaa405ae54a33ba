/**
 * What a connector sees of the gateways: this program beats like a replica that is not ready, so that every gateway on the bus sets a
 * session up with it and nobody gives it a login; then it says good-bye.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createProcessKeys } from "../../connector/process-keys.ts";
import type { ConnectionName } from "../../login/attempt.ts";
import type { Bus, BusMessage } from "../../protocol/bus-port.ts";
import { claimedSignerOf } from "../../protocol/identity-key.ts";
import type { IdentityKey, PinnedKeys } from "../../protocol/identity-key.ts";
import { encodeMessage, onReplicaInbox, parseMessage } from "../../protocol/messages.ts";
import type { Heartbeat, Message } from "../../protocol/messages.ts";
import { acceptSession } from "../../protocol/session.ts";
import { createProcessId, heartbeatSubject, isGatewayReply, replicaInbox } from "../../protocol/subjects.ts";
import { heartbeatIntervalMs } from "../../protocol/timing.ts";
import { fine, found } from "./finding.ts";
import type { Finding } from "./finding.ts";

export interface ConnectorQuestion {
  readonly connection: ConnectionName;
  readonly identity: IdentityKey;
  readonly gatewayKeys: PinnedKeys;
  readonly bus: Bus;
}

/** What one gateway did: it asked for the certificate, offered a session signed by a key, and that was accepted or not. */
interface SeenGateway {
  signer?: string;
  isAccepted?: boolean;
}

/** In which every gateway has begun that hears them at all. */
const beatsLeast = 6;
/** A gateway that is slow tries again after a second; one that does not believe the certificate says nothing more. */
const beatsMost = 20;
const gatewaysMax = 64;

export async function introduceConnector(question: ConnectorQuestion): Promise<readonly Finding[]> {
  const { connection, identity, gatewayKeys, bus } = question;
  const believed = [...gatewayKeys.keys()].map((id) => `believes gateways with the key ${id}`);
  const facts = [`these connectors' key is ${identity.id}`, ...believed];
  const own = fine("keys", connection, "this side's keys can be read", { facts });
  const seen = await beGreeted(question, bus);
  if (seen.size === 0) {
    return [own, found("no_gateway", "keys", connection, "no gateway answered a replica's heartbeat")];
  }
  return [own, ...[...seen].map(([gateway, one]) => judge(connection, gateway, one, identity))];
}

function judge(
  connection: ConnectionName,
  gateway: string,
  { signer, isAccepted }: SeenGateway,
  identity: IdentityKey,
): Finding {
  const subject = `${connection}, gateway ${gateway}`;
  if (isAccepted === true) return fine("keys", subject, "both sides know each other's keys");
  if (signer === undefined) {
    const says = `it read this connector's certificate and went no further: connectorKeyFiles there does not have the key ${identity.id}, or its clock is off`;
    return found("key_not_pinned_there", "keys", subject, says);
  }
  const says = `it signs with the key ${signer}, which gatewayKeyFiles does not have`;
  return found("key_not_pinned_here", "keys", subject, says);
}

async function beGreeted(
  { connection, identity, gatewayKeys }: ConnectorQuestion,
  bus: Bus,
): Promise<ReadonlyMap<string, SeenGateway>> {
  const replica = createProcessId(randomBytes);
  const keys = await createProcessKeys(replica, new Map([[connection, identity]]), Date.now);
  const inbox = replicaInbox(connection, replica, bus.epoch);
  const seen = new Map<string, SeenGateway>();
  const send = (subject: string, message: Message): void => void bus.publish(subject, encodeMessage(message));

  const received = async ({ payload, reply }: BusMessage): Promise<void> => {
    const parsed = parseMessage(onReplicaInbox, payload);
    if (!parsed.ok || reply === undefined || !isGatewayReply(reply, connection)) return;
    const gateway = reply.split(".").at(-4) ?? "";
    if (!seen.has(gateway) && seen.size >= gatewaysMax) return;
    const one = seen.get(gateway) ?? {};
    seen.set(gateway, one);
    const { message } = parsed;
    if (message.type === "certificate_request") {
      const certificate = keys.find(connection, message.certificate);
      if (certificate !== undefined) send(reply, { v: 1, type: "certificate", replica, certificate });
    } else if (message.type === "session_offer") {
      const signer = claimedSignerOf(message.offer);
      if (signer !== undefined) one.signer = signer;
      const accepted = await acceptSession(
        message.offer,
        { connection, replica },
        (id) => keys.keyPair(id),
        gatewayKeys,
      );
      one.isAccepted = accepted !== undefined;
      if (accepted === undefined) return;
      send(reply, { v: 1, type: "session_state", replica, session: accepted.session.id, known: true });
    }
  };
  const subscription = bus.subscribe(inbox, { onMessage: (message) => void received(message) });
  const beat = (state: Heartbeat["state"]): void =>
    send(heartbeatSubject(connection, "password"), {
      v: 1,
      type: "heartbeat",
      replica,
      inbox,
      certificate: keys.current(connection).id,
      state,
      freeSlots: 0,
    });
  const isUndecided = (): boolean => [...seen.values()].some(({ isAccepted }) => isAccepted === undefined);
  for (let count = 0; count < beatsLeast || (count < beatsMost && isUndecided()); count += 1) {
    beat("not_ready");
    await pause(heartbeatIntervalMs);
  }
  beat("draining");
  await bus.flush(heartbeatIntervalMs);
  subscription.close();
  return seen;
}
