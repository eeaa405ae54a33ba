/**
 * What stands inside sealed messages: everything that concerns a person or decides a login.
 *
 * @module
 */

import { z } from "zod";
import { accountNameLengthMax, parseAccountName } from "../login/account-name.ts";
import type { Identity } from "../login/identity.ts";
import { passwordLengthMax } from "../login/attempt.ts";
import type { ControllerName, FailureMarker, ReturnReason } from "../login/ports.ts";
import { passwordStatuses } from "../login/password-state.ts";
import { phases } from "../login/ports.ts";
import type { Verdict } from "../login/verdict.ts";
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

/** Gateway → replica: the attempt itself, for this replica alone. */
const grantBody = z.strictObject({
  type: z.literal("grant"),
  /** The claim that it answers: the window begins with that one, and no other. */
  claim: z.string().max(64),
  method: z.literal("password"),
  accountName,
  password: z.string().min(1).max(passwordLengthMax),
  /** How long after its own claim the replica may start a bind. */
  windowMs: ms,
  remainingMs: ms,
  suspicion: suspicion.exactOptional(),
});

/** Gateway → replica: what became of the grant? If it is not begun, never begin it. */
const revokeBody = z.strictObject({ type: z.literal("revoke") });

/** Gateway → replica: your `working` with this sequence number was heard; its sending starts a new window. */
const renewBody = z.strictObject({ type: z.literal("renew"), sequence });

const group = z.strictObject({
  name: z.string(),
  distinguishedName: z.string().exactOptional(),
  sid: z.string().exactOptional(),
});

const identity: z.ZodType<Identity> = z.strictObject({
  subjectId: z.string().min(1).max(256),
  accountName: z.string().min(1),
  distinguishedName: z.string(),
  sid: z.string().exactOptional(),
  profile: z.record(z.string(), z.array(z.string())),
  groups: z.array(group),
  groupsRead: z.enum(["complete", "incomplete"]),
});

const password = z.strictObject({
  status: z.enum(passwordStatuses),
  expiresAt: z.iso.datetime().exactOptional(),
});

const verdict: z.ZodType<Verdict> = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("accepted"), identity, password: password.exactOptional() }),
  z.strictObject({ outcome: z.literal("denied"), reason: z.enum(denialReasons) }),
  z.strictObject({ outcome: z.literal("unavailable"), fault: z.enum(faults) }),
]);

/** Replica → gateway: still at it. With `evidence` a bind is about to be sent; with `ask` it waits for `renew`. */
const workingBody = z.strictObject({
  type: z.literal("working"),
  phase: z.enum(phases),
  sequence,
  ask: z.boolean(),
  evidence: z.strictObject({ controller, marker: marker.exactOptional() }).exactOptional(),
});

/** Replica → gateway: the end of the attempt. */
const verdictBody = z.strictObject({ type: z.literal("verdict"), verdict });

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
export type BodyToReplica = z.input<typeof bodyToReplica>;
export type BodyToGateway = z.infer<typeof bodyToGateway>;
export type WorkingBody = z.infer<typeof workingBody>;
