/**
 * One question to a responder, and for how long its answer holds.
 *
 * @module
 */

import type { Certificate } from "../certificate.ts";
import { DerError } from "../der.ts";
import { fetchBounded } from "./fetch.ts";
import type { FetchLimits } from "./fetch.ts";
import { decodeAnswer, encodeQuestion } from "./ocsp.ts";
import type { Answer, Question } from "./ocsp.ts";
import type { Remembered } from "./remembered.ts";
import type { RevocationResult } from "./revocation-event.ts";
import { skewMs } from "./status-in-lists.ts";

export interface AskDeps {
  readonly limits: FetchLimits;
  /** An answer that repeats nothing of the question may be an old one that still holds. */
  readonly nonceRequired: boolean;
  /** A responder that the authority named, and then revoked, must not vouch for others. */
  readonly isRevoked: (responder: Certificate, issuer: Certificate) => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

const answerBytesMax = 65_536;
/** How long an answer is used that says nothing about it. */
const answerHoldsMs = 60_000;

/** @returns why there is no answer of use. */
export async function askResponder(
  url: URL,
  question: Question,
  deps: AskDeps,
): Promise<Remembered<"good" | "revoked"> | Exclude<RevocationResult, "ok">> {
  const { limits, nonceRequired, isRevoked, wallClock } = deps;
  const body = { type: "application/ocsp-request", body: encodeQuestion(question) };
  const fetched = await fetchBounded({ url, bytesMax: answerBytesMax, question: body }, limits);
  if (fetched.kind === "failed") return fetched.why;
  const nowMs = wallClock();
  const answer = await readable(fetched.bytes, question, nowMs);
  if (answer === undefined) return "malformed";
  if (answer.kind === "useless") return answer.why;
  const { signer, hasNonce, status, nextUpdateMs = nowMs + answerHoldsMs } = answer;
  if (!hasNonce && nonceRequired) return "no_nonce";
  if (!isFresh(answer, nowMs)) return "out_of_date";
  if (signer !== question.issuer && (await isRevoked(signer, question.issuer))) return "not_signed";
  // One that was issued just now may be known there in a moment.
  return status === "unknown" ? "not_known" : { value: status, holdsUntilMs: nextUpdateMs };
}

async function readable(bytes: Buffer, question: Question, nowMs: number): Promise<Answer | undefined> {
  try {
    return await decodeAnswer(bytes, question, nowMs);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** @see RFC 6960 §4.2.2.1 */
function isFresh(
  { thisUpdateMs, nextUpdateMs, hasNonce }: Extract<Answer, { readonly kind: "answer" }>,
  nowMs: number,
): boolean {
  if (thisUpdateMs - skewMs > nowMs) return false;
  if (nextUpdateMs !== undefined) return nowMs < nextUpdateMs;
  return hasNonce || nowMs - thisUpdateMs <= skewMs;
}
