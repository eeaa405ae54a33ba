/**
 * What a gateway sees of the connectors: which replicas live, whether both sides know each other's keys, and how far a login gets
 * that has no credential in it: announce, claim, session, and a sealed question that is answered sealed.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ReplicaReports } from "../../gateway/status/replica-reports.ts";
import { createAttemptId } from "../../login/attempt.ts";
import type { ConnectionName } from "../../login/attempt.ts";
import type { Bus } from "../../protocol/bus-port.ts";
import { openCertificate } from "../../protocol/certificate.ts";
import { claimedSignerOf } from "../../protocol/identity-key.ts";
import type { IdentityKey, PinnedKeys } from "../../protocol/identity-key.ts";
import type { Claim, Decline, Heartbeat } from "../../protocol/messages.ts";
import { bodyToGateway } from "../../protocol/sealed-bodies.ts";
import { offerSession } from "../../protocol/session.ts";
import type { Session } from "../../protocol/session.ts";
import {
  createProcessId,
  gatewayInbox,
  isReplicaInbox,
  loginSubject,
  replySubject,
  sessionReplySubject,
} from "../../protocol/subjects.ts";
import type { ProcessId } from "../../protocol/subjects.ts";
import { heartbeatIntervalMs } from "../../protocol/timing.ts";
import { HeardReplicas, hearingMs } from "../hear-replicas.ts";
import { fine, found } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { ReplyBox } from "./reply-box.ts";

export interface GatewayQuestion {
  readonly connection: ConnectionName;
  readonly identity: IdentityKey;
  readonly connectorKeys: PinnedKeys;
  readonly bus: Bus;
}

type Peer = Pick<Heartbeat, "replica" | "inbox" | "certificate">;

const answerTimeoutMs = 2_000;
const triesMax = 3;
const replicasMax = 64;

export async function examineGateway(
  question: GatewayQuestion,
  tell: (findings: readonly Finding[]) => void,
): Promise<void> {
  const { connection, identity, connectorKeys, bus } = question;
  const believed = [...connectorKeys.keys()].map((id) => `believes connectors with the key ${id}`);
  const facts = [`this gateway's key is ${identity.id}`, ...believed];
  tell([fine("keys", connection, "this side's keys can be read", { facts })]);

  using heard = new HeardReplicas(bus, connection, connectorKeys);
  await pause(hearingMs);
  const beats = heard.all.map(({ beat }) => beat);
  tell([describeReplicas(connection, beats), ...compareReplicas(connection, heard.reports)]);
  const gateway = createProcessId(randomBytes);
  const inbox = gatewayInbox(connection, gateway, bus.epoch);
  using box = new ReplyBox(bus, inbox);
  const visitor: Visitor = { ...question, gateway, inbox, box };
  for (const beat of beats.slice(0, replicasMax)) tell([(await introduce(visitor, beat)).finding]);
  tell([await makeRoundTrip(visitor)]);
}

/** @returns nothing where no replica reports: they are older than reports. */
function compareReplicas(connection: ConnectionName, reports: ReplicaReports): readonly Finding[] {
  const { configurations: count } = reports.agreement;
  if (count === 0) return [];
  const facts = reports.live.map(
    ({ report: { replica, version, configuration } }) =>
      `${replica} has version ${version}, configuration ${configuration.digest}`,
  );
  if (count === 1)
    return [fine("round trip", connection, "all replicas have the same configuration", { facts })];
  const says = `the replicas have ${count} different configurations: ${reports.differences.join(", ")}`;
  return [found("replicas_differ", "round trip", connection, says, { facts })];
}

function describeReplicas(connection: ConnectionName, beats: readonly Heartbeat[]): Finding {
  if (beats.length === 0) return found("no_connector", "round trip", connection, "no replica is heard");
  const ready = beats.filter(({ state }) => state === "ready").length;
  const facts = beats.map(({ replica, state, freeSlots }) => `${replica} ${state}, ${freeSlots} free slots`);
  const says = `${beats.length} replicas are heard, ${ready} of them ready`;
  return ready === 0
    ? found("connector_not_ready", "round trip", connection, says, { facts })
    : fine("round trip", connection, says, { facts });
}

interface Visitor extends GatewayQuestion {
  readonly gateway: ProcessId;
  readonly inbox: string;
  readonly box: ReplyBox;
}

/** Sets a session up, as a gateway does, and says where that ends. */
async function introduce(
  visitor: Visitor,
  peer: Peer,
): Promise<{ readonly finding: Finding; readonly session?: Session }> {
  const { connection, gateway, identity, connectorKeys, box, inbox } = visitor;
  const subject = `${connection}, replica ${peer.replica}`;
  const to = { subject: peer.inbox, reply: sessionReplySubject(inbox) };
  const shown = await box.ask(
    to,
    { v: 1, type: "certificate_request", certificate: peer.certificate },
    (answer) =>
      answer.type === "certificate" && answer.replica === peer.replica ? answer.certificate : undefined,
    answerTimeoutMs,
  );
  if (shown === undefined)
    return { finding: found("peer_silent", "keys", subject, "it does not show its certificate") };
  const signer = claimedSignerOf(shown) ?? "none";
  if (!connectorKeys.has(signer)) {
    const says = `it signs with the key ${signer}, which connectorKeyFiles does not have`;
    return { finding: found("key_not_pinned_here", "keys", subject, says) };
  }
  const expected = { connection, replica: peer.replica, id: peer.certificate };
  const certificate = await openCertificate(shown, expected, connectorKeys, Date.now());
  if (certificate === undefined) {
    const says = "its certificate is signed by a known key, and expired by this machine's clock";
    return { finding: found("clock_off", "clock", subject, says) };
  }
  const { session, offer } = await offerSession({ connection, gateway, certificate }, identity, randomBytes);
  const known = await box.ask(
    to,
    { v: 1, type: "session_offer", offer },
    (answer) => (answer.type === "session_state" && answer.session === session.id ? answer.known : undefined),
    answerTimeoutMs,
  );
  if (known !== true) {
    const says = `it does not accept a session signed by this gateway's key ${identity.id}: gatewayKeyFiles there does not have it`;
    return { finding: found("key_not_pinned_there", "keys", subject, says) };
  }
  return { finding: fine("keys", subject, "both sides know each other's keys"), session };
}

async function makeRoundTrip(visitor: Visitor): Promise<Finding> {
  const { connection, box, inbox } = visitor;
  let last: Decline["why"] | "no_responders" | undefined;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const attempt = createAttemptId(randomBytes);
    const reply = replySubject(inbox, attempt, "announce");
    const answer = await box.ask(
      { subject: loginSubject(connection, "password"), reply },
      { v: 1, type: "announce", attempt, method: "password", remainingMs: answerTimeoutMs },
      (received): Claim | Decline | "no_responders" | undefined => {
        if (received.type === "no_responders") return "no_responders";
        const isAnswer = received.type === "claim" || received.type === "decline";
        return isAnswer && received.attempt === attempt ? received : undefined;
      },
      answerTimeoutMs,
    );
    if (answer === "no_responders") last = answer;
    else if (answer?.type === "decline") last = answer.why;
    else if (answer !== undefined) return withdraw(visitor, answer);
    await pause(heartbeatIntervalMs);
  }
  switch (last) {
    case "no_responders":
      return found("no_connector", "round trip", connection, "nobody takes announces of logins");
    case "not_ready":
      return found("connector_not_ready", "round trip", connection, "the announce was declined: not ready");
    case "busy":
      return found("connector_busy", "round trip", connection, "the announce was declined: busy");
    case undefined:
      return found("peer_silent", "round trip", connection, "the announce was not answered");
  }
}

/** Instead of a grant, the claim is given back: sealed, and answered sealed. */
async function withdraw(visitor: Visitor, claim: Claim): Promise<Finding> {
  const { connection, box, inbox } = visitor;
  const subject = connection;
  if (!isReplicaInbox(claim.inbox, connection, claim.replica))
    return found("round_trip_failed", "round trip", subject, "the claim names no inbox of a replica");
  const { finding, session } = await introduce(visitor, claim);
  if (session === undefined) {
    const says = `replica ${claim.replica} claimed, and no session could be set up with it`;
    return found(finding.problem ?? "round_trip_failed", "round trip", subject, says);
  }
  const { attempt } = claim;
  const startedAtMs = performance.now();
  const answered = await box.ask(
    { subject: claim.inbox, reply: replySubject(inbox, attempt, "grant") },
    session.seal(attempt, { type: "revoke" }),
    (answer) => {
      if (answer.type !== "sealed" || answer.attempt !== attempt) return undefined;
      const opened = session.open(answer, bodyToGateway);
      return opened.ok ? opened.body.type : undefined;
    },
    answerTimeoutMs,
  );
  const ms = Math.round(10 * (performance.now() - startedAtMs)) / 10;
  if (answered !== "not_started") {
    return found(
      "round_trip_failed",
      "round trip",
      subject,
      `replica ${claim.replica} did not answer what was sealed for it`,
    );
  }
  return fine(
    "round trip",
    subject,
    `announced, claimed by ${claim.replica} for ${claim.controller}, sealed and answered in ${ms} ms`,
  );
}
