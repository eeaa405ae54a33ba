/**
 * Every message of the wire, version 1, as a strict schema.
 *
 * What stands here in clear is what the bus may read: ids, counts, controller names. Everything about a person travels in
 * `sealed` messages, whose bodies are in `sealed-bodies.ts`. An unknown version, type or field is refused, never guessed.
 *
 * @module
 */

import { z } from "zod";
import type { AttemptId } from "../login/attempt.ts";
import { isAttemptId } from "../login/attempt.ts";
import { methods } from "../login/request.ts";
import type { ControllerName } from "../login/ports.ts";
import type { ProcessId } from "./subjects.ts";
import { isProcessId, messageBytesMax } from "./subjects.ts";

const attempt = z.custom<AttemptId>((value) => typeof value === "string" && isAttemptId(value));
const processId = z.custom<ProcessId>(isProcessId);
const controllerName = z.custom<ControllerName>(
  (value) => typeof value === "string" && /^[A-Za-z0-9.:[\]_-]{1,300}$/.test(value),
);
const digest = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const inbox = z.string().max(200);
const count = z.int().min(0).max(1_000_000);
const v = z.literal(1);

/** Gateway → queue group, or → one replica's inbox: something waits to be done. Carries no credential and no name. */
const announceSchema = z.strictObject({
  v,
  type: z.literal("announce"),
  attempt,
  method: z.enum(methods),
  remainingMs: z.int().min(1).max(600_000),
});

/** Replica → gateway: this replica holds a slot and waits for the grant. */
const claimSchema = z.strictObject({
  v,
  type: z.literal("claim"),
  attempt,
  /** Random; the grant repeats it, so that it counts for this claim and for no earlier or later one. */
  id: digest,
  replica: processId,
  inbox,
  certificate: digest,
  controller: controllerName,
  freeSlots: count,
});

/** Replica → gateway: it cannot take this attempt now; nothing was begun. */
const declineSchema = z.strictObject({
  v,
  type: z.literal("decline"),
  attempt,
  replica: processId,
  why: z.enum(["busy", "not_ready"]),
});

/** Replica → every gateway, four times a second. */
const heartbeatSchema = z.strictObject({
  v,
  type: z.literal("heartbeat"),
  replica: processId,
  inbox,
  certificate: digest,
  state: z.enum(["ready", "not_ready", "draining"]),
  freeSlots: count,
});

/** Replica → every gateway, once a second, for the operators. @see report.ts */
const reportSchema = z.strictObject({ v, type: z.literal("report"), report: z.string().max(16_384) });

/** Gateway → replica: show the certificate with this id. */
const certificateRequestSchema = z.strictObject({
  v,
  type: z.literal("certificate_request"),
  certificate: digest,
});

/** Replica → gateway. @see certificate.ts */
const certificateSchema = z.strictObject({
  v,
  type: z.literal("certificate"),
  replica: processId,
  certificate: z.string().max(8_192),
});

/** Gateway → replica: a signed session set-up. @see session.ts */
const sessionOfferSchema = z.strictObject({
  v,
  type: z.literal("session_offer"),
  offer: z.string().max(8_192),
});

/**
 * Replica → gateway: whether it holds the session. In clear, and so a hint only: it may start a new set-up, it never says what
 * became of a grant.
 */
const sessionStateSchema = z.strictObject({
  v,
  type: z.literal("session_state"),
  replica: processId,
  session: digest,
  known: z.boolean(),
});

/** Longest sealed body on the wire, in base64url characters: the longest Kerberos token in a grant has 88,000. */
const boxLengthMax = 100_000;

/** Longest one that a replica sends: gateways before Kerberos take no more. */
export const answerBoxLengthMax = 60_000;

/** RFC 4648 §5, without padding: what the schema library's own check takes, which decodes each box once more to find out. */
const box = z
  .string()
  .max(boxLengthMax)
  .regex(/^[A-Za-z0-9_-]*$/)
  .refine(({ length }) => length % 4 !== 1);

/** Either way, once a session exists. */
const sealedSchema = z.strictObject({
  v,
  type: z.literal("sealed"),
  attempt,
  session: digest,
  /** Counts the messages that one side sealed in this session; it is the nonce. */
  n: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  box,
});

export type Announce = z.infer<typeof announceSchema>;
export type Claim = z.infer<typeof claimSchema>;
export type Decline = z.infer<typeof declineSchema>;
export type Heartbeat = z.infer<typeof heartbeatSchema>;
export type SealedMessage = z.infer<typeof sealedSchema>;

/** What arrives on each kind of subject. */
export const onLoginSubject = announceSchema;
export const onHeartbeatSubject = heartbeatSchema;
export const onReportSubject = reportSchema;
export const onReplicaInbox = z.discriminatedUnion("type", [
  announceSchema,
  certificateRequestSchema,
  sessionOfferSchema,
  sealedSchema,
]);
export const onGatewayInbox = z.discriminatedUnion("type", [
  claimSchema,
  declineSchema,
  certificateSchema,
  sessionStateSchema,
  sealedSchema,
]);

export type ReplicaInboxMessage = z.infer<typeof onReplicaInbox>;
export type GatewayInboxMessage = z.infer<typeof onGatewayInbox>;
export type Message =
  ReplicaInboxMessage | GatewayInboxMessage | z.infer<typeof heartbeatSchema> | z.infer<typeof reportSchema>;

/** Why a message from the bus, or what was sealed in it, was not believed: a metric label. */
export const refusalReasons = [
  "too_large",
  "not_json",
  "malformed",
  "bad_inbox",
  "not_opened",
  "replayed",
  "not_expected",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export type Parsed<T> =
  { readonly ok: true; readonly message: T } | { readonly ok: false; readonly why: RefusalReason };

const decoder = new TextDecoder("utf-8", { fatal: true });

export function parseMessage<T>(schema: z.ZodType<T>, payload: Uint8Array): Parsed<T> {
  if (payload.length > messageBytesMax) return { ok: false, why: "too_large" };
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(payload));
  } catch {
    return { ok: false, why: "not_json" };
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { ok: true, message: parsed.data } : { ok: false, why: "malformed" };
}

export function encodeMessage(message: Message): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}
