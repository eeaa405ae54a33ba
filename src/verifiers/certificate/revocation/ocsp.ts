/**
 * Questions to an authority's responder, and what its answers are worth (OCSP).
 *
 * @see RFC 6960; RFC 9654 — the nonce
 * @module
 */

import { createHash } from "node:crypto";
import { decodeCertificate, decodeExtensions, extensionOids } from "../certificate.ts";
import type { Certificate } from "../certificate.ts";
import {
  constructedTag,
  contextTag,
  decodeCount,
  decodeOctets,
  decodeOid,
  decodeTime,
  DerError,
  DerReader,
  derTags,
  encodeDer,
  encodeOid,
  readDer,
  readSequence,
} from "../der.ts";
import type { DerValue } from "../der.ts";
import { decodeGeneralName } from "../name.ts";
import { ocspSigningOid, statedPurposes } from "../purpose.ts";
import { isSignedBy, isStrongSignature } from "../signature.ts";

export interface Question {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** 32 bytes, new for each question. */
  readonly nonce: Uint8Array;
}

export type Answer =
  | {
      readonly kind: "answer";
      readonly status: "good" | "revoked" | "unknown";
      readonly thisUpdateMs: number;
      /** Absent where the responder always knows something newer. */
      readonly nextUpdateMs?: number;
      readonly hasNonce: boolean;
      /** Who signed it: the issuer, or a responder that it named. */
      readonly signer: Certificate;
    }
  | { readonly kind: "useless"; readonly why: "declined" | "not_signed" | "other_question" };

const oids = {
  ocsp: "1.3.6.1.5.5.7.48.1",
  basicResponse: "1.3.6.1.5.5.7.48.1.1",
  nonce: "1.3.6.1.5.5.7.48.1.2",
  sha1: "1.3.14.3.2.26",
} as const;

/** One for the responder is usual. */
const certificatesMax = 4;

/** URLs of the certificate's responders. */
export function responderPlaces({ extensions }: Certificate): readonly string[] {
  const extension = extensions.get(extensionOids.authorityInformation);
  if (extension === undefined) return [];
  return readSequence(extension.value)
    .rest(derTags.sequence)
    .flatMap(({ content }) => {
      const reader = new DerReader(content);
      const method = decodeOid(reader.read(derTags.oid));
      const place = decodeGeneralName(reader.read());
      return method === oids.ocsp && place.kind === "uri" ? [place.text] : [];
    });
}

export function encodeQuestion({ certificate, issuer, nonce }: Question): Buffer {
  const request = encodeDer(derTags.sequence, certificateId(certificate, issuer));
  const extension = encodeDer(
    derTags.sequence,
    encodeOid(oids.nonce),
    encodeDer(derTags.octetString, encodeDer(derTags.octetString, nonce)),
  );
  const extensions = encodeDer(constructedTag(2), encodeDer(derTags.sequence, extension));
  return encodeDer(
    derTags.sequence,
    encodeDer(derTags.sequence, encodeDer(derTags.sequence, request), extensions),
  );
}

/** @throws {DerError} for what is no answer at all. */
export async function decodeAnswer(bytes: Buffer, question: Question, nowMs: number): Promise<Answer> {
  const outer = readSequence(bytes);
  const status = outer.read(derTags.enumerated);
  if (decodeCount(status) !== 0) return { kind: "useless", why: "declined" };
  const typed = readSequence(outer.read(constructedTag(0)).content);
  if (decodeOid(typed.read(derTags.oid)) !== oids.basicResponse)
    throw new DerError("an answer of another type");
  const basic = readSequence(typed.read(derTags.octetString).content);
  const data = basic.read(derTags.sequence);
  const algorithm = basic.read(derTags.sequence);
  const signature = decodeOctets(basic.read(derTags.bitString));
  const included = basic.optional(constructedTag(0));
  basic.end();

  const signers = [question.issuer, ...respondersIn(included, question.issuer, nowMs)];
  for (const signer of signers) {
    const isSigned = await isSignedBy(signer.x509.publicKey, { algorithm, bytes: data.whole, signature });
    if (isSigned) return answerIn(data, question, signer);
  }
  return { kind: "useless", why: "not_signed" };
}

/** SHA-1 is the name of the issuer here, and protects nothing: it is what every responder understands. @see RFC 5019 §2.1.1 */
function certificateId({ serial, issuer: name }: Certificate, { keyBits }: Certificate): Buffer {
  const sha1 = (of: Buffer): Buffer => encodeDer(derTags.octetString, createHash("sha1").update(of).digest());
  return encodeDer(
    derTags.sequence,
    encodeDer(derTags.sequence, encodeOid(oids.sha1), encodeDer(0x05)),
    sha1(name),
    sha1(keyBits),
    encodeDer(derTags.integer, serial),
  );
}

/** Issued by the very authority that is asked about, to answer for it. @see RFC 6960 §4.2.2.2 */
function respondersIn(
  included: DerValue | undefined,
  issuer: Certificate,
  nowMs: number,
): readonly Certificate[] {
  if (included === undefined) return [];
  const all = readSequence(included.content).rest(derTags.sequence).slice(0, certificatesMax);
  return all
    .map(({ whole }) => decodeCertificate(whole))
    .filter(
      (one) =>
        statedPurposes(one)?.has(ocspSigningOid) === true &&
        nowMs >= one.notBeforeMs &&
        nowMs <= one.notAfterMs &&
        isStrongSignature(one.signatureAlgorithm) &&
        one.x509.checkIssued(issuer.x509) &&
        one.x509.verify(issuer.x509.publicKey),
    );
}

function answerIn(data: DerValue, { certificate, issuer, nonce }: Question, signer: Certificate): Answer {
  const reader = new DerReader(data.content);
  reader.optional(constructedTag(0));
  reader.read(); // who answers: the signature says so better
  decodeTime(reader.read(derTags.generalizedTime));
  const answers = new DerReader(reader.read(derTags.sequence).content).rest(derTags.sequence);
  const extensions = decodeExtensions(reader.optional(constructedTag(1)));
  reader.end();

  const told = extensions.get(oids.nonce);
  const hasNonce = told !== undefined;
  if (hasNonce && !readDer(told.value, derTags.octetString).content.equals(nonce)) {
    return { kind: "useless", why: "other_question" };
  }
  const asked = certificateId(certificate, issuer);
  for (const { content } of answers) {
    const single = new DerReader(content);
    if (!single.read(derTags.sequence).whole.equals(asked)) continue;
    const status = statusOf(single.read());
    const thisUpdateMs = decodeTime(single.read(derTags.generalizedTime));
    const next = single.optional(constructedTag(0));
    const nextUpdate = next === undefined ? {} : { nextUpdateMs: decodeTime(readDer(next.content)) };
    return { kind: "answer", status, thisUpdateMs, ...nextUpdate, hasNonce, signer };
  }
  return { kind: "useless", why: "other_question" };
}

function statusOf({ tag }: DerValue): "good" | "revoked" | "unknown" {
  switch (tag) {
    case contextTag(0):
      return "good";
    case constructedTag(1):
      return "revoked";
    case contextTag(2):
      return "unknown";
    default:
      throw new DerError("a status that there is not");
  }
}
