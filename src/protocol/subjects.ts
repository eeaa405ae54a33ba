/**
 * The bus subjects of the wire, version 1.
 *
 * ```
 * drawbridge.v1.<connection>.login                                        announces, to the queue group `connectors`
 * drawbridge.v1.<connection>.login.<method>                               the same, to those replicas that offer this method
 * drawbridge.v1.<connection>.heartbeat                                    replicas, to every gateway
 * drawbridge.v1.<connection>.heartbeat.<method>                           the same beat, of those that offer this method
 * drawbridge.v1.<connection>.heartbeat.report                             what replicas say of themselves to the operators
 * drawbridge.v1.<connection>.replica.<replica>.<epoch>                    one replica's inbox
 * drawbridge.v1.<connection>.gateway.<gateway>.<epoch>.<attempt>.<step>   replies to one gateway process
 * drawbridge.store.<program>.<process>.<epoch>.<number>                   answers of JetStream to one process
 * drawbridge.audit.v1.<program>.<connection>.<shelf>                      records of the audit, sealed
 * ```
 *
 * The connection stands in every subject, so that a NATS user or account can be confined to one. The epoch counts the owner's
 * connects: after a reconnect, servers may not all know an old plain subscription again.
 *
 * Passwords, and what is asked beside logins, every replica takes. The other methods have subjects of their own, because a replica
 * that does not know a method can only refuse its announce, and would look like one that does not answer.
 *
 * @module
 */

import { isAttemptId, loginMethods } from "../login/attempt.ts";
import type { AttemptId, ConnectionName, LoginMethod } from "../login/attempt.ts";
import type { Method } from "../login/request.ts";

const prefix = "drawbridge.v1";

/** The NATS queue group in which the replicas share announces. */
export const queueGroup = "connectors";

/** Largest message on the bus, in bytes; the shipped NATS configuration has the same limit. All but long Kerberos tokens fit in half of it. */
export const messageBytesMax = 131_072;

/** 96 random bits in base64url, made by each process at start. */
export type ProcessId = string & { readonly brand: "ProcessId" };

const processIdPattern = /^[A-Za-z0-9_-]{16}$/;

export function isProcessId(text: unknown): text is ProcessId {
  return typeof text === "string" && processIdPattern.test(text);
}

export function createProcessId(randomBytes: (size: number) => Uint8Array): ProcessId {
  const id = Buffer.from(randomBytes(12)).toString("base64url");
  if (!isProcessId(id)) throw new Error("process id source must yield 12 bytes");
  return id;
}

/** The methods that not every replica offers. */
export type OptionalMethod = Exclude<LoginMethod, "password">;

export function isOptional(method: Method): method is OptionalMethod {
  return method !== "password" && loginMethods.some((one) => one === method);
}

export function loginSubject(connection: ConnectionName, method: Method): string {
  return `${prefix}.${connection}.login${isOptional(method) ? `.${method}` : ""}`;
}

export function heartbeatSubject(connection: ConnectionName, method: LoginMethod): string {
  return `${prefix}.${connection}.heartbeat${isOptional(method) ? `.${method}` : ""}`;
}

export function reportSubject(connection: ConnectionName): string {
  return `${prefix}.${connection}.heartbeat.report`;
}

export function replicaInbox(connection: ConnectionName, replica: ProcessId, epoch: number): string {
  return `${prefix}.${connection}.replica.${replica}.${epoch}`;
}

export function gatewayInbox(connection: ConnectionName, gateway: ProcessId, epoch: number): string {
  return `${prefix}.${connection}.gateway.${gateway}.${epoch}`;
}

/** What a reply answers; the last token of every reply subject, so that the server's no-responders notice says it too. */
export type ReplyStep = "announce" | "grant" | "session";

/** Where the answers to one attempt's messages go: below the gateway's inbox, which listens to all of them at once. */
export function replySubject(inbox: string, attempt: AttemptId, step: ReplyStep): string {
  return `${inbox}.${attempt}.${step}`;
}

export function sessionReplySubject(inbox: string): string {
  return `${inbox}.-.session`;
}

/** The wildcard for everything below a gateway's inbox. */
export function allReplies(inbox: string): string {
  return `${inbox}.*.*`;
}

/** Where JetStream answers one process; nobody but the servers may publish there. */
export function storeInbox(program: "connector" | "gateway" | "auditor", process: ProcessId): string {
  return `drawbridge.store.${program}.${process}`;
}

/** Everything that the stream of the audit takes in. */
export const auditSubjects = "drawbridge.audit.v1.>";

/** Records of one attempt are on one shelf of 4,096, so that they are found without looking at all. */
export function auditSubject(
  program: "connector" | "gateway",
  connection: string | undefined,
  attempt: string | undefined,
): string {
  return `drawbridge.audit.v1.${program}.${connection ?? "-"}.${shelfOf(attempt)}`;
}

/** Of every program and connection. */
export function auditShelf(attempt: AttemptId): string {
  return `drawbridge.audit.v1.*.*.${shelfOf(attempt)}`;
}

/** In whose name a record is written. */
export function auditProgramOf(subject: string): "connector" | "gateway" | undefined {
  const [, program] = /^drawbridge\.audit\.v1\.(connector|gateway)\.[^.]+\.[^.]+$/.exec(subject) ?? [];
  return program === "connector" || program === "gateway" ? program : undefined;
}

function shelfOf(attempt: string | undefined): string {
  return attempt?.slice(0, 2) ?? "-";
}

/** The attempt and step that a reply subject was made for. */
export function parseReplySubject(subject: string): { readonly attempt?: AttemptId; readonly step: string } {
  const [attempt = "", step = ""] = subject.split(".").slice(-2);
  return isAttemptId(attempt) ? { attempt, step } : { step };
}

const gatewayReplyEnd = /^[A-Za-z0-9_-]{16}\.\d{1,10}\.[A-Za-z0-9_-]{1,22}\.(announce|grant|session)$/;

/** Whether this is an inbox of this replica of this connection: a message may name nothing else as one. */
export function isReplicaInbox(subject: string, connection: ConnectionName, replica: ProcessId): boolean {
  const start = `${prefix}.${connection}.replica.${replica}.`;
  return subject.startsWith(start) && /^\d{1,10}$/.test(subject.slice(start.length));
}

/** Whether this is a reply subject of a gateway of this connection: a replica answers to nothing else. */
export function isGatewayReply(subject: string, connection: ConnectionName): boolean {
  const start = `${prefix}.${connection}.gateway.`;
  return subject.startsWith(start) && gatewayReplyEnd.test(subject.slice(start.length));
}
