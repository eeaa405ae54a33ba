/**
 * What stands inside sealed messages: everything that concerns a person or decides a login.
 *
 * @module
 */

import { z } from "zod";
import { accountNameLengthMax, parseAccountName } from "../login/account-name.ts";
import type { Identity } from "../login/identity.ts";
import {
  certificateBytesMax,
  chainBytesMax,
  chainMax,
  passwordLengthMax,
  subjectIdLengthMax,
  ticketLengthMax,
} from "../login/attempt.ts";
import type { ControllerName, FailureMarker, ReturnReason } from "../login/ports.ts";
import { cursorLengthMax, pageSizeMax, refusals } from "../login/operation.ts";
import type { End, OperationResult } from "../login/operation.ts";
import { passwordStatuses } from "../login/password-state.ts";
import { phases } from "../login/ports.ts";
import { parseTraceparent } from "../login/trace-context.ts";
import { denialReasons, faults } from "../login/verdict.ts";

const controller = z.custom<ControllerName>((value) => typeof value === "string" && value.length <= 300);
const marker = z.custom<FailureMarker>(
  (value) => typeof value === "string" && /^[0-9TZ.:+-]{1,64}$/.test(value),
);
const ms = z.number().min(0).max(600_000);
const sequence = z.int().min(0).max(100_000);

const accountName = z
  .string()
  .max(accountNameLengthMax)
  .transform((text, context) => {
    const parsed = parseAccountName(text);
    if (parsed.ok) return parsed.name;
    context.addIssue({ code: "custom", message: parsed.problem });
    return z.NEVER;
  });

const suspicion = z.strictObject({ controller, marker: marker.exactOptional(), withinMs: ms });

/** What a grant may have beside what every replica reads: it is sent to those alone that say that they do. */
export const optionalGrantParts = ["traceparent"] as const;
export type OptionalGrantPart = (typeof optionalGrantParts)[number];

const granted = {
  type: z.literal("grant"),
  /** The claim that it answers: the window begins with that one, and no other. */
  claim: z.string().max(64),
  /** How long after its own claim the replica may start a bind, or another thing that must not be done twice. */
  windowMs: ms,
  remainingMs: ms,
  suspicion: suspicion.exactOptional(),
  /** The step of a trace that the grant is. It decides nothing. */
  traceparent: z
    .string()
    .max(55)
    .refine((text) => parseTraceparent(text) !== undefined)
    .exactOptional(),
};

const subjectId = z.string().min(1).max(subjectIdLengthMax);
const newPassword = z.string().min(1).max(passwordLengthMax);
const listing = {
  text: z.string().max(accountNameLengthMax),
  pageSize: z.int().min(1).max(pageSizeMax),
  cursor: z.string().max(cursorLengthMax).exactOptional(),
};

function base64Of(bytesMax: number) {
  return z
    .base64()
    .min(1)
    .max(4 * Math.ceil(bytesMax / 3));
}

/** Gateway → replica: the request itself, for this replica alone. */
const grantBody = z.discriminatedUnion("method", [
  z.strictObject({
    ...granted,
    method: z.literal("password"),
    accountName,
    password: z.string().min(1).max(passwordLengthMax),
  }),
  z.strictObject({
    ...granted,
    method: z.literal("kerberos"),
    token: z.base64().min(1).max(ticketLengthMax),
  }),
  z.strictObject({
    ...granted,
    method: z.literal("certificate"),
    certificate: base64Of(certificateBytesMax),
    chain: z.array(base64Of(chainBytesMax)).max(chainMax),
    proof: z.discriminatedUnion("by", [
      z.strictObject({ by: z.literal("gateway") }),
      z.strictObject({ by: z.literal("proxy"), address: z.string().min(1).max(64) }),
    ]),
  }),
  z.strictObject({ ...granted, method: z.literal("session"), subjectId }),
  z.strictObject({ ...granted, method: z.literal("users.search"), ...listing }),
  z.strictObject({ ...granted, method: z.literal("groups.list"), ...listing }),
  z.strictObject({
    ...granted,
    method: z.literal("password.change"),
    accountName,
    oldPassword: newPassword,
    newPassword,
  }),
  z.strictObject({
    ...granted,
    method: z.literal("password.reset"),
    accountName,
    newPassword,
    mustChange: z.boolean(),
    unlock: z.boolean(),
  }),
  z.strictObject({ ...granted, method: z.literal("account.find"), accountName }),
]);

/** Gateway → replica: what became of the grant? If it is not begun, never begin it. */
const revokeBody = z.strictObject({ type: z.literal("revoke") });

/** Gateway → replica: your `working` with this sequence number was heard; its sending starts a new window. */
const renewBody = z.strictObject({ type: z.literal("renew"), sequence });

const group = z.strictObject({
  name: z.string(),
  distinguishedName: z.string().exactOptional(),
  sid: z.string().exactOptional(),
});

const profileScalar = z.union([z.string(), z.number(), z.boolean()]);

const person = {
  subjectId,
  accountName: z.string().min(1),
  distinguishedName: z.string(),
  sid: z.string().exactOptional(),
  profile: z.record(z.string(), z.union([profileScalar, z.array(profileScalar)])),
};

const identity: z.ZodType<Identity> = z.strictObject({
  ...person,
  groups: z.array(group),
  groupsRead: z.enum(["complete", "incomplete"]),
});

const page = { cursor: z.string().max(cursorLengthMax).exactOptional(), truncated: z.boolean() };

const standing = z.strictObject({
  account: z.string().min(1).max(64),
  failures: z.int().min(0),
  passwordTime: z.string().max(64),
  lockout: z.strictObject({ threshold: z.int().min(1), windowMs: z.number().min(0) }).exactOptional(),
});

const operationResult: z.ZodType<OperationResult> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("people"), people: z.array(z.strictObject(person)), ...page }),
  z.strictObject({ kind: z.literal("groups"), groups: z.array(group), ...page }),
  z.strictObject({ kind: z.literal("password_set") }),
  z.strictObject({ kind: z.literal("standing"), standing }),
]);

const password = z.strictObject({
  status: z.enum(passwordStatuses),
  expiresAt: z.iso.datetime().exactOptional(),
});

/** An AP-REP in its wrapping has about 200 bytes. */
export const answerTokenLengthMax = 1_024;

/** A login's verdict, or the end of another operation. */
const end: z.ZodType<End> = z.discriminatedUnion("outcome", [
  z.strictObject({
    outcome: z.literal("accepted"),
    identity,
    password: password.exactOptional(),
    answerToken: z.base64().max(answerTokenLengthMax).exactOptional(),
  }),
  z.strictObject({ outcome: z.literal("denied"), reason: z.enum(denialReasons) }),
  z.strictObject({ outcome: z.literal("unavailable"), fault: z.enum(faults) }),
  z.strictObject({ outcome: z.literal("done"), result: operationResult }),
  z.strictObject({ outcome: z.literal("refused"), reason: z.enum(refusals) }),
]);

/** Replica → gateway: still at it. With `evidence` a bind is about to be sent; with `ask` it waits for `renew`. */
const workingBody = z.strictObject({
  type: z.literal("working"),
  phase: z.enum(phases),
  sequence,
  ask: z.boolean(),
  evidence: z.strictObject({ controller, marker: marker.exactOptional() }).exactOptional(),
});

/** Replica → gateway: the end of the request. */
const verdictBody = z.strictObject({ type: z.literal("verdict"), verdict: end });

/** Replica → gateway: nothing was bound here and nothing will be. */
const returnedBody = z.strictObject({
  type: z.literal("returned"),
  why: z.enum([...faults, "expired"]) satisfies z.ZodType<ReturnReason>,
});

/** Replica → gateway, to a revoke: the grant was never begun here and never will be. */
const notStartedBody = z.strictObject({ type: z.literal("not_started") });

export const bodyToReplica = z.discriminatedUnion("type", [grantBody, revokeBody, renewBody]);
export const bodyToGateway = z.discriminatedUnion("type", [
  workingBody,
  verdictBody,
  returnedBody,
  notStartedBody,
]);

/** The form on the wire, before parsing: here the account name is text. */
export type GrantBody = z.infer<typeof grantBody>;
type WithoutGrant<Body> = Body extends unknown ? Omit<Body, keyof typeof granted> : never;
/** What a grant says of the request itself. */
export type RequestBody = WithoutGrant<z.input<typeof grantBody>>;
export type BodyToReplica = z.input<typeof bodyToReplica>;
export type BodyToGateway = z.infer<typeof bodyToGateway>;
export type WorkingBody = z.infer<typeof workingBody>;
