/**
 * What a person presents in order to log in.
 *
 * @module
 */

import type { AccountName } from "./account-name.ts";
import type { Secret } from "./secret.ts";

/** 128 random bits, base64url, 22 characters. The same id in every log, metric exemplar and message. */
export type AttemptId = string & { readonly brand: "AttemptId" };

/** One directory that people log in against: the tenant of the bus. A single NATS subject token. */
export type ConnectionName = string & { readonly brand: "ConnectionName" };

/** Kinds of credential. */
export const loginMethods = ["password", "kerberos", "certificate", "session"] as const;
export type LoginMethod = (typeof loginMethods)[number];

export interface PasswordAttempt {
  readonly id: AttemptId;
  readonly connection: ConnectionName;
  readonly method: "password";
  readonly accountName: AccountName;
  readonly password: Secret;
}

/** A service ticket, as a browser presents it. @see RFC 4559 */
export interface KerberosAttempt {
  readonly id: AttemptId;
  readonly connection: ConnectionName;
  readonly method: "kerberos";
  /** Base64 of the SPNEGO token (RFC 4178 §4.2.1), or of a bare Kerberos one. */
  readonly token: Secret;
}

/** A client certificate whose owner has proved to have its key. */
export interface CertificateAttempt {
  readonly id: AttemptId;
  readonly connection: ConnectionName;
  readonly method: "certificate";
  /** DER. */
  readonly certificate: Buffer;
  /** What came with it, in DER, in no particular order. */
  readonly chain: readonly Buffer[];
  readonly proof: PossessionProof;
}

/** Who ended the TLS handshake in which the key was used. */
export type PossessionProof =
  | { readonly by: "gateway" }
  /** One that the gateway's settings trust. @see RFC 9440 */
  | { readonly by: "proxy"; readonly address: string };

/** Somebody who logged in before, and wants to go on: nothing is presented but the gateway's word for it. */
export interface SessionAttempt {
  readonly id: AttemptId;
  readonly connection: ConnectionName;
  readonly method: "session";
  /** `Identity.subjectId` of that login. */
  readonly subjectId: string;
}

export type Attempt = PasswordAttempt | KerberosAttempt | CertificateAttempt | SessionAttempt;

/** Longest stable id of a person, in UTF-16 code units. */
export const subjectIdLengthMax = 256;

/** Longest password accepted, in UTF-16 code units. Active Directory's own limit is 256. */
export const passwordLengthMax = 1024;

/** Longest Kerberos token accepted, in base64 characters: 48 KiB, which Windows makes for an account in a thousand groups. */
export const ticketLengthMax = 65_536;

/** Largest certificate accepted, in bytes of DER: a picture of its owner fits in. */
export const certificateBytesMax = 16_384;
/** Certificates that may come with it, and how large they may be together. */
export const chainMax = 6;
export const chainBytesMax = 32_768;

const attemptIdPattern = /^[A-Za-z0-9_-]{22}$/;
const connectionNamePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function isAttemptId(text: string): text is AttemptId {
  return attemptIdPattern.test(text);
}

/** Lower-case letters, digits and hyphens, at most 63: it stands in bus subjects and metric labels. */
export function isConnectionName(text: string): text is ConnectionName {
  return connectionNamePattern.test(text);
}

export function createAttemptId(randomBytes: (size: number) => Uint8Array): AttemptId {
  const id = Buffer.from(randomBytes(16)).toString("base64url");
  if (!isAttemptId(id)) throw new Error("attempt id source must yield 16 bytes");
  return id;
}
