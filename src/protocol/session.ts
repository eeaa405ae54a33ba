/**
 * A session: the keys that one gateway process and one replica process share for one connection.
 *
 * Set-up is one HPKE encapsulation (RFC 9180) to the replica's certified key, signed by the gateway's identity key, so each side
 * has proved who it is before a credential travels. The keys come from the HPKE exporter, one for each direction. After that a
 * message costs one AES-256-GCM; connection, direction, attempt and session are its associated data, a counter is its nonce.
 *
 * A message is opened at most once (`replay-window.ts`). A session ends after so long and so many messages, whatever its processes do
 * (`sessionAgeMaxMs`, `sessionMessagesMax`); before that the gateway sets up the next one.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { Certificate, EncapsulationKeyPair } from "./certificate.ts";
import { suite } from "./certificate.ts";
import type { IdentityKey, PinnedKeys } from "./identity-key.ts";
import { openSigned } from "./identity-key.ts";
import type { RefusalReason, SealedMessage } from "./messages.ts";
import { ReplayWindow } from "./replay-window.ts";
import { isProcessId } from "./subjects.ts";
import type { ProcessId } from "./subjects.ts";

export interface Session {
  readonly id: string;
  /** Who is at the other end. */
  readonly peer: ProcessId;
  /** Messages in the direction in which more were sent. */
  readonly messages: number;
  /** @throws {Error} beyond `sessionMessagesMax`. */
  seal(attempt: AttemptId, body: object): SealedMessage;
  open<T>(message: SealedMessage, schema: z.ZodType<T>): Opened<T>;
}

export type Opened<T> =
  { readonly ok: true; readonly body: T } | { readonly ok: false; readonly why: RefusalReason };

/** In one direction. AES-GCM would bear far more under one key; what is bounded needs no argument. */
export const sessionMessagesMax = 2 ** 18;

const statementType = "drawbridge-session";

const statementSchema = z.strictObject({
  session: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  connection: z.string(),
  gateway: z.custom<ProcessId>(isProcessId),
  replica: z.string(),
  certificate: z.string(),
  /** The encapsulated secret: 1,120 bytes. */
  secret: z.base64url().max(4_096),
});

interface Parties {
  readonly connection: ConnectionName;
  readonly gateway: ProcessId;
  readonly replica: ProcessId;
  readonly certificate: string;
}

/** Gateway side. The session may be used at once: whoever can open it is the certified replica. */
export async function offerSession(
  parties: {
    readonly connection: ConnectionName;
    readonly gateway: ProcessId;
    readonly certificate: Certificate;
  },
  identity: IdentityKey,
  randomBytes: (size: number) => Uint8Array,
): Promise<{ readonly session: Session; readonly offer: string }> {
  const { connection, gateway, certificate } = parties;
  const id = Buffer.from(randomBytes(16)).toString("base64url");
  const names = { connection, gateway, replica: certificate.replica, certificate: certificate.id };
  const sender = await suite.SetupSender(certificate.key, { info: sessionInfo(id, names) });
  const offer = await identity.sign(statementType, {
    session: id,
    ...names,
    secret: Buffer.from(sender.encapsulatedSecret).toString("base64url"),
  });
  const keys = await exportKeys(sender.ctx);
  return { offer, session: createSession(id, names, certificate.replica, "to_replica", keys) };
}

export interface AcceptedSession {
  readonly session: Session;
  /** The certificate whose key it was set up with. */
  readonly certificate: string;
  /** The id of the gateway's identity key. */
  readonly signedBy: string;
}

/**
 * Replica side.
 * @returns undefined when the offer is not by a pinned gateway key or not for exactly this replica and certificate.
 */
export async function acceptSession(
  offer: string,
  own: { readonly connection: ConnectionName; readonly replica: ProcessId },
  keyOf: (certificate: string) => EncapsulationKeyPair | undefined,
  pins: PinnedKeys,
): Promise<AcceptedSession | undefined> {
  const opened = await openSigned(offer, statementType, pins);
  const statement = statementSchema.safeParse(opened?.statement);
  if (opened === undefined || !statement.success) return undefined;
  const { session: id, gateway, certificate, secret } = statement.data;
  const pair = keyOf(certificate);
  if (
    pair === undefined ||
    statement.data.connection !== own.connection ||
    statement.data.replica !== own.replica
  ) {
    return undefined;
  }
  const names = { ...own, gateway, certificate };
  try {
    const encapsulated = Buffer.from(secret, "base64url");
    const context = await suite.SetupRecipient(pair.privateKey, encapsulated, {
      info: sessionInfo(id, names),
    });
    return {
      certificate,
      signedBy: opened.signedBy,
      session: createSession(id, names, gateway, "to_gateway", await exportKeys(context)),
    };
  } catch {
    return undefined;
  }
}

type Direction = "to_replica" | "to_gateway";
/** Key objects: a cipher made from bare bytes costs five times as much, because they are imported each time. */
type Keys = Readonly<Record<Direction, KeyObject>>;

function createSession(id: string, parties: Parties, peer: ProcessId, sends: Direction, keys: Keys): Session {
  const receives = sends === "to_replica" ? "to_gateway" : "to_replica";
  const window = new ReplayWindow();
  let sent = 0;
  const associatedData = (direction: Direction, attempt: AttemptId): Buffer =>
    Buffer.from(["drawbridge.v1", parties.connection, direction, attempt, id].join("\n"));

  return {
    id,
    peer,
    get messages() {
      return Math.max(sent, window.reached);
    },
    seal(attempt, body) {
      if (sent >= sessionMessagesMax) throw new Error("the session has ended");
      const n = sent++;
      const cipher = createCipheriv("aes-256-gcm", keys[sends], nonce(n));
      cipher.setAAD(associatedData(sends, attempt));
      const text = Buffer.from(JSON.stringify(body), "utf8");
      const parts = [cipher.update(text), cipher.final(), cipher.getAuthTag()];
      text.fill(0);
      return {
        v: 1,
        type: "sealed",
        attempt,
        session: id,
        n,
        box: Buffer.concat(parts).toString("base64url"),
      };
    },
    open(message, schema) {
      if (!window.admits(message.n)) return { ok: false, why: "replayed" };
      const box = Buffer.from(message.box, "base64url");
      if (message.session !== id || box.length < tagBytes || message.n >= sessionMessagesMax)
        return { ok: false, why: "not_opened" };
      const text = decrypt(box, keys[receives], nonce(message.n), associatedData(receives, message.attempt));
      if (text === undefined) return { ok: false, why: "not_opened" };
      window.opened(message.n);
      const body = schema.safeParse(parseJson(text));
      return body.success ? { ok: true, body: body.data } : { ok: false, why: "malformed" };
    },
  };
}

const tagBytes = 16;

function decrypt(box: Buffer, key: KeyObject, iv: Buffer, associatedData: Buffer): string | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  decipher.setAAD(associatedData);
  decipher.setAuthTag(box.subarray(box.length - tagBytes));
  const plain = decipher.update(box.subarray(0, box.length - tagBytes));
  try {
    decipher.final();
    return plain.toString("utf8");
  } catch {
    return undefined;
  } finally {
    plain.fill(0);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nonce(n: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(n), 4);
  return bytes;
}

function sessionInfo(id: string, parties: Parties): Uint8Array {
  const { connection, gateway, replica, certificate } = parties;
  return Buffer.from(["drawbridge.v1 session", id, connection, gateway, replica, certificate].join("\n"));
}

interface Exporter {
  Export(context: Uint8Array, length: number): Promise<Uint8Array>;
}

async function exportKeys(context: Exporter): Promise<Keys> {
  const [toReplica, toGateway] = await Promise.all(
    ["to_replica", "to_gateway"].map((direction) => context.Export(Buffer.from(direction), 32)),
  );
  if (toReplica === undefined || toGateway === undefined) throw new Error("the HPKE exporter yielded no key");
  const keys = { to_replica: createSecretKey(toReplica), to_gateway: createSecretKey(toGateway) };
  for (const bytes of [toReplica, toGateway]) bytes.fill(0);
  return keys;
}
